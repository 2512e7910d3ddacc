import { isGone, isMissingRoute, isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import type { Deletion } from '../deleteOnce';
import { deleteOnce } from '../deleteOnce';
import { MasvInputError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage } from '../retry';
import { untilSettled } from '../transfer/untilSettled';
import { fetchFiles } from './files';
import { fetchPackage, fetchPackageToken } from './find';
import { isOpen } from './open';

/**
 * Deletes one file of a package that has not been finalized. `DELETE /v1/packages/{package}/files/{file}`, inferred: only
 * that the package token permits it is documented. docs/masv-api.md#removing-a-file
 * @throws MasvInputError if the package is not new
 */
export async function deleteFile(client: MasvClient, packageId: string, fileId: string): Promise<Deletion> {
	await checkNew(client, packageId);
	const token = await fetchPackageToken(client, packageId);
	const call = {
		operation: `delete file ${fileId} of package ${packageId}`,
		path: path`/v1/packages/${packageId}/files/${fileId}`,
		authorization: { kind: 'package', token },
	} as const;
	const isListed = async (): Promise<boolean> => (await fetchFiles(client, packageId)).some(({ id }) => id === fileId);
	const isDone = async (rejection: unknown): Promise<boolean> => {
		if (isRefusedState(rejection)) await checkNew(client, packageId);
		if (!isGone(rejection) && !isMissingRoute(rejection)) return false;
		// A server that lacks the route says the same as one that lacks the file.
		return !(await untilSettled(client, halfAMinuteOfOutage, isListed, (isThere) =>
			isThere && isGone(rejection) ? 'behind' : 'settled',
		));
	};
	return await deleteOnce(client, fileId, call, { isDone, isDocumented: false });
}

async function checkNew(client: MasvClient, packageId: string): Promise<void> {
	const found = await fetchPackage(client, packageId);
	if (isOpen(found)) return;
	throw new MasvInputError(`Package ${packageId} is ${found.state}. Files can be deleted only while a package is new`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'To delete all files of a finalized package, delete the package.',
	});
}
