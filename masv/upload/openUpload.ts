import { path } from '../path';
import { noRetry } from '../retry';
import type { AddedFile } from '../schemas';
import { addedFileSchema } from '../schemas';
import { isExpiredSignature } from '../answers';
import { maxRenewals } from '../transfer/signedRequest';
import type { PackageAccess } from '../transfer/packageAccess';
import type { KnownFiles } from './uploadRun';
import type { PartPlan } from './partPlan';
import type { FileSource } from '../transfer/source';
import { labelOf } from '../transfer/places';
import { fetchFiles } from '../packages/files';
import { removeAfterFailure, removeLeftovers } from './removeFile';
import { startMultipart } from './startMultipart';

/** A started multipart upload. */
export interface OpenUpload {
	fileId: string;
	/** The storage's ID of the upload (`<UploadId>`). */
	uploadId: string;
	/** For messages. */
	file: string;
}

/**
 * Adds the file to the package and starts its multipart upload. Repeats both if the signed request has expired. On
 * failure, the entry of the file is removed from the package.
 */
export async function openUpload(
	access: PackageAccess,
	known: KnownFiles,
	source: FileSource,
	plan: PartPlan,
): Promise<OpenUpload> {
	const file = labelOf(source);
	for (let renewals = 0; ; renewals++) {
		const added = await addFile(access, known, source, plan);
		try {
			const uploadId = await startMultipart(access, added.create_blueprint, file);
			return { fileId: added.file.id, uploadId, file };
		} catch (error) {
			await removeAfterFailure(access, added.file.id, error);
			if (!isExpiredSignature(error) || renewals >= maxRenewals) throw error;
		}
	}
}

/**
 * `POST /v1/packages/{package}/files`. Only this response contains the create blueprint, so the file must be added again
 * after a lost response. An entry left by the lost request is removed first: a package with an unfinished file cannot be
 * finalized. docs/masv-api.md#adding-a-file
 */
async function addFile(
	access: PackageAccess,
	known: KnownFiles,
	source: FileSource,
	plan: PartPlan,
): Promise<AddedFile> {
	const { client, packageId, token, policy } = access;
	await removeLeftovers(access, known, source, known.leftovers);
	const added = await client.call({
		operation: `add "${labelOf(source)}" to the package`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/files`,
		body: {
			kind: 'file',
			name: source.name,
			path: source.path,
			last_modified: source.modifiedAt.toISOString(),
			size: source.bytes,
			chunk_size: plan.partBytes,
		},
		authorization: { kind: 'package', token },
		schema: addedFileSchema,
		policy,
		recoverResult: async () => {
			// The call around it retries. With its own retries here, the wait would multiply.
			const withoutRetry = { ...access, policy: noRetry };
			await removeLeftovers(withoutRetry, known, source, await fetchFiles(client, packageId, noRetry));
			return undefined;
		},
	});
	known.ownIds.add(added.file.id);
	return added;
}
