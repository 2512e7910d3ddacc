import { MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage } from '../retry';
import type { MasvFile } from '../schemas';
import type { PackageAccess } from '../transfer/packageAccess';
import { cleanUpClient } from './cleanUp';
import type { KnownFiles } from './uploadRun';
import type { FileSource } from '../transfer/source';
import { sameFolder } from '../transfer/places';
import { isNotDeletable } from '../answers';

/** Removes unfinished entries at the path of this file that this run did not create. */
export async function removeLeftovers(
	access: PackageAccess,
	{ ownIds }: KnownFiles,
	source: FileSource,
	listed: MasvFile[],
): Promise<void> {
	for (const file of listed) {
		const isSame = file.name === source.name && sameFolder(file.path, source.path);
		if (isSame && !ownIds.has(file.id) && file.completed !== true) await removeFile(access, file.id);
	}
}

/**
 * `DELETE /v1/packages/{package}/files/{file}`. The route is not documented, only that the token permits removing files.
 * Already deleted counts as success. docs/masv-api.md#removing-a-file
 */
export async function removeFile({ client, packageId, token, policy }: PackageAccess, fileId: string): Promise<void> {
	try {
		await client.call({
			operation: 'remove an unfinished file from the package',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
	} catch (error) {
		if (!isNotDeletable(error)) throw error;
	}
}

/** Removes a file that could not be completed. If this fails too, that error becomes the cause of the first one. */
export async function removeAfterFailure(access: PackageAccess, fileId: string, first: unknown): Promise<void> {
	try {
		const client = cleanUpClient(access.client);
		await removeFile({ ...access, client, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
	}
}
