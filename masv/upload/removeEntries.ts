import { MasvError } from '../errors';
import type { ListedFile } from '../transfer/listing';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { untilSettled } from '../transfer/untilSettled';
import { removeFile } from './removeFile';

/**
 * Removes entries of this delivery, and waits until the list no longer has them.
 * @returns one that stays although it was removed: the server may not have the route
 */
export async function removeEntries(access: PackageAccess, ids: ReadonlySet<string>): Promise<ListedFile | undefined> {
	if (ids.size === 0) return undefined;
	for (const id of ids) await removeFile(access, id);
	const look = async (): Promise<ListedFile | undefined> => {
		const listing = await fetchListing(access);
		return [...ids].map((id) => listing?.byId.get(id)).find((listed) => listed !== undefined);
	};
	return await untilSettled(access.client, access.policy, look, (left) => (left === undefined ? 'settled' : 'behind'));
}

export function notRemovedError(packageId: string, { place, id }: ListedFile): MasvError {
	return new MasvError(`MASV does not remove the unfinished file "${place}" (${id}) from package ${packageId}`, {
		code: 'file_not_removed',
		facts: { file: place, file_id: id },
		hint: 'Upload to a new package.',
	});
}
