import { MasvConnectionError } from '../errors';
import { path } from '../path';
import { noRetry } from '../retry';
import type { PackageAccess } from '../transfer/packageAccess';
import type { FileSource } from '../transfer/source';
import { isAlreadyDone } from '../answers';
import { fetchFiles } from '../packages/files';
import type { StoredFile } from './partJob';

/** Answers other than 204 after which a file is taken for finalized. */
const maxOddAnswers = 2;

/**
 * `POST /v1/packages/{package}/files/{file}/finalize`, 204. Part numbers go as strings and ETags exactly as they came,
 * quotes included (MASV docs, Uploads; clients in the field differ on both). Anything but a clean 204 or a clear no leaves
 * it open whether the file is finalized; then it is asked for again, and "already finalized" is what we hoped for.
 */
export async function finalizeFile(
	{ client, packageId, token, policy }: PackageAccess,
	source: FileSource,
	{ plan, upload, parts }: StoredFile,
): Promise<void> {
	let isRepeat = false;
	let oddAnswers = 0;
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
				// Where the list does not tell, a server that goes on answering 200 is believed; finalizing the package tells.
				const insists =
					lost instanceof MasvConnectionError && lost.status !== undefined && ++oddAnswers > maxOddAnswers;
				return (completed ?? insists) ? true : undefined;
			},
		});
	} catch (error) {
		if (!isRepeat || !isAlreadyDone(error)) throw error;
	}
}
