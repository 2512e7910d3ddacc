import { MasvError } from '../errors';
import type { PackageAccess } from '../transfer/packageAccess';
import type { Verdict } from '../transfer/untilSettled';
import { untilSettled } from '../transfer/untilSettled';

/**
 * Looks at a list until it is settled, and two looks in a row agree on what is to be removed.
 * @param idsToRemove IDs of the entries that are to be removed if the list stays as it is
 * @param judge of a list in which nothing is to be removed that the one before did not show
 * @throws MasvError `package_not_listed` if each list shows others for as long as a list may be behind
 */
export async function untilSeenTwice<T>(
	{ client, packageId, policy }: PackageAccess,
	look: () => Promise<T>,
	idsToRemove: (result: T) => Iterable<string>,
	judge: (result: T) => Verdict,
): Promise<T> {
	let before: ReadonlySet<string> | undefined;
	let areSeenTwice = false;
	const result = await untilSettled(client, policy, look, (latest) => {
		const isFirst = before === undefined;
		const ids = new Set(idsToRemove(latest));
		areSeenTwice = [...ids].every((id) => before?.has(id) === true);
		before = ids;
		if (areSeenTwice) return judge(latest);
		return isFirst ? 'unsure' : 'behind';
	});
	if (areSeenTwice) return result;
	throw new MasvError(`MASV lists different unfinished files in package ${packageId} each time`, {
		code: 'package_not_listed',
		hint: 'Nothing was removed, because it is not certain which of them an earlier run has left. Run this again later.',
	});
}
