import { isGone, isMissingRoute, isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import { undocumented } from '../undocumented';
import { fetchFiles } from './files';
import { fetchPackage, fetchPackageToken } from './find';

/**
 * Deletes one file of a package that has not been finalized. `DELETE /v1/packages/{package}/files/{file}`, inferred: only
 * that the package token permits it is documented. Already deleted counts as success. docs/masv-api.md#removing-a-file
 * @returns false if the package did not contain the file
 * @throws MasvInputError if the package is not new
 */
export async function deleteFile(client: MasvClient, packageId: string, fileId: string): Promise<boolean> {
	await checkNew(client, packageId);
	const token = await fetchPackageToken(client, packageId);
	let isRepeat = false;
	try {
		await undocumented(
			async () =>
				await client.call({
					operation: `delete file ${fileId} of package ${packageId}`,
					method: 'DELETE',
					path: path`/v1/packages/${packageId}/files/${fileId}`,
					authorization: { kind: 'package', token },
					recoverResult: () => {
						isRepeat = true;
						return Promise.resolve(undefined);
					},
				}),
		);
		return true;
	} catch (error) {
		if (isRefusedState(error)) await checkNew(client, packageId);
		if (!isGone(error) && !isMissingRoute(error)) throw error;
		// A server that lacks the route says the same as one that lacks the file.
		if ((await fetchFiles(client, packageId)).some(({ id }) => id === fileId)) throw error;
		return isRepeat;
	}
}

async function checkNew(client: MasvClient, packageId: string): Promise<void> {
	const { state } = await fetchPackage(client, packageId);
	if (state === undefined || state === 'new') return;
	throw new MasvInputError(`Package ${packageId} is ${state}. Files can be deleted only while a package is new`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'To delete all files of a finalized package, delete the package.',
	});
}
