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
import { beginMultipart } from './beginMultipart';

/** A multipart upload that has begun. */
export interface OpenUpload {
	fileId: string;
	/** The storage's name for the upload (`<UploadId>`). */
	uploadId: string;
	/** For messages. */
	file: string;
}

/**
 * Registers the file and begins its multipart upload. Does both again when the signed request has expired meanwhile. When
 * it fails, nothing of the file is left in the package.
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
			const uploadId = await beginMultipart(access, added.create_blueprint, file);
			return { fileId: added.file.id, uploadId, file };
		} catch (error) {
			await removeAfterFailure(access, added.file.id, error);
			if (!isExpiredSignature(error) || renewals >= maxRenewals) throw error;
		}
	}
}

/**
 * `POST /v1/packages/{package}/files`. Only this answer holds the request that begins the upload, so when it is lost the
 * file must be registered again. An entry that the lost request left behind is removed first: a package with an
 * unfinished file cannot be finalized.
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
			// Within the patience of this call, which must not be spent anew at each try.
			const once = { ...access, policy: noRetry };
			await removeLeftovers(once, known, source, await fetchFiles(client, packageId, noRetry));
			return undefined;
		},
	});
	known.ownIds.add(added.file.id);
	return added;
}
