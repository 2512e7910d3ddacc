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

/** Removes unfinished entries at the place of this file that this run does not know. */
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
 * `DELETE /v1/packages/{package}/files/{file}`: not printed as a route, but "this token authorizes the user to add and
 * remove files from the package until the package is finalized" (MASV docs, Uploads). Gone already is as good.
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

/** Removes a file that could not be completed. A failure to do so hangs on the failure that made it necessary. */
export async function removeAfterFailure(access: PackageAccess, fileId: string, first: unknown): Promise<void> {
	try {
		const client = cleanUpClient(access.client);
		await removeFile({ ...access, client, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
	}
}
