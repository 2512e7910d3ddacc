import { MasvConnectionError } from '../errors';
import { path } from '../path';
import { noRetry } from '../retry';
import type { PackageAccess } from '../transfer/packageAccess';
import type { FileSource } from '../transfer/source';
import { isAlreadyDone } from '../answers';
import { fetchFiles } from '../packages/files';
import type { StoredFile } from './partJob';

/** Number of 2xx responses other than 204 after which the file is considered finalized. */
const maxUnexpectedResponses = 2;

/**
 * `POST /v1/packages/{package}/files/{file}/finalize`, 204. Part numbers are sent as strings, ETags exactly as received,
 * quotes included. docs/masv-api.md#finalizing-a-file
 *
 * After a lost response, or a 2xx other than 204, the request is repeated unless the list of files shows that the file is
 * complete. On a repeat, "already finalized" is success.
 */
export async function finalizeFile(
	{ client, packageId, token, policy }: PackageAccess,
	source: FileSource,
	{ plan, upload, parts }: StoredFile,
): Promise<void> {
	let isRepeat = false;
	let unexpectedResponses = 0;
	try {
		await client.call<boolean | void>({
			operation: `finalize "${upload.file}"`,
			method: 'POST',
			path: path`/v1/packages/${packageId}/files/${upload.fileId}/finalize`,
			body: {
				size: source.bytes,
				chunk_size: plan.partBytes,
				file_extras: { upload_id: upload.uploadId },
				chunk_extras: parts.map(({ etag }, index) => ({ part_number: String(index + 1), etag })),
			},
			authorization: { kind: 'package', token },
			expectNoContent: true,
			policy,
			recoverResult: async (lost) => {
				isRepeat = true;
				const files = await fetchFiles(client, packageId, noRetry);
				const completed = files.find((file) => file.id === upload.fileId)?.completed;
				// Without `completed` in the list, a server that keeps returning 200 is trusted. Finalizing the package fails
				// if the file is not finalized.
				const isTrusted =
					lost instanceof MasvConnectionError &&
					lost.status !== undefined &&
					++unexpectedResponses > maxUnexpectedResponses;
				return (completed ?? isTrusted) ? true : undefined;
			},
		});
	} catch (error) {
		if (!isRepeat || !isAlreadyDone(error)) throw error;
	}
}
