import { MasvApiError, MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage } from '../retry';
import type { MasvFile } from '../schemas';
import type { UploadContext } from './context';
import { cleanUpMs } from './context';
import type { FileSource } from '../transfer/source';
import { sameFolder } from '../transfer/places';

/** Removes unfinished entries at the place of this file that this run does not know. */
export async function removeStrays(context: UploadContext, source: FileSource, files: MasvFile[]): Promise<void> {
	for (const file of files) {
		const isSame = file.name === source.name && sameFolder(file.path, source.path);
		if (isSame && !context.ownFileIds.has(file.id) && file.completed !== true) await removeFile(context, file.id);
	}
}

/**
 * `DELETE /v1/packages/{package}/files/{file}`: not printed as a route, but "this token authorizes the user to add and
 * remove files from the package until the package is finalized" (MASV docs, Uploads). Gone already is as good.
 */
export async function removeFile(context: UploadContext, fileId: string): Promise<void> {
	const { client, packageId, token, policy } = context;
	try {
		await client.call({
			operation: 'remove an unfinished file from the package',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
	} catch (error) {
		if (!(error instanceof MasvApiError && [404, 405].includes(error.status))) throw error;
	}
}

/** Removes a file that could not be completed. A failure to do so hangs on the failure that made it necessary. */
export async function removeAfterFailure(context: UploadContext, fileId: string, first: unknown): Promise<void> {
	try {
		const cleaner = context.client.withSignal(context.client.clock.timeout(cleanUpMs));
		await removeFile({ ...context, client: cleaner, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
	}
}
