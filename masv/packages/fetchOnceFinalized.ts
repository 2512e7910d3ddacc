import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { RetryPolicy } from '../retry';
import { outageOf } from '../retry';
import type { MasvPackage } from '../schemas';
import { untilSettled } from '../transfer/untilSettled';
import { isDeleted } from './deleted';
import { fetchPackage } from './find';

/** How long to wait for a package that somebody may still be uploading. Milliseconds. */
const longestLagMs = 10_000;

/**
 * Looks up a package for something that requires a finalized one. MASV may show some seconds late that it was finalized: until then,
 * it is read again.
 * @param what only finalized packages can be: "received"
 * @param options `shown`: as MASV has just shown it
 * @throws MasvInputError if it is still being uploaded, or its files were deleted
 */
export async function fetchOnceFinalized(
	client: MasvClient,
	packageId: string,
	what: string,
	{ shown, policy }: { shown?: MasvPackage; policy?: RetryPolicy } = {},
): Promise<MasvPackage> {
	const look = async (): Promise<MasvPackage> => await fetchPackage(client, packageId, policy);
	const lag = outageOf(Math.min(policy?.patienceMs ?? Infinity, longestLagMs));
	const found =
		shown === undefined || shown.state === 'new'
			? await untilSettled(client, lag, look, ({ state }) => (state === 'new' ? 'behind' : 'settled'))
			: shown;
	requireFinalized(found, what);
	return found;
}

/** docs/masv-api.md#package-states */
function requireFinalized(found: MasvPackage, what: string): void {
	const { id, state } = found;
	const areDeleted = isDeleted(found);
	if (state !== 'new' && !areDeleted) return;
	throw new MasvInputError(`Package ${id} is ${state}. Only finalized packages can be ${what}`, {
		code: 'package_state_wrong',
		field: 'package',
		hint: areDeleted
			? 'Its files are deleted.'
			: 'Finalize the package first. If others send it, wait until it is finalized.',
	});
}
