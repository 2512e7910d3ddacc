import { MasvApiError, MasvConnectionError, MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage, noRetry, retry } from '../retry';
import type { AddedFile, Blueprint, MasvFile } from '../schemas';
import { addedFileSchema } from '../schemas';
import { isExpired, maxRenewals, sendBlueprint } from '../transfer/signedRequest';
import type { OpenUpload, UploadContext } from './context';
import { cleanUpMs } from './context';
import type { PartPlan } from './partPlan';
import type { FileSource } from '../transfer/source';
import { labelOf, sameFolder } from '../transfer/places';
import { fetchFiles } from '../packages/files';

/**
 * Registers the file and begins its multipart upload. Does both again when the signed request has expired meanwhile. When
 * it fails, nothing of the file is left in the package.
 */
export async function openUpload(context: UploadContext, source: FileSource, plan: PartPlan): Promise<OpenUpload> {
	const { packageId, token } = context;
	const file = labelOf(source);
	for (let renewals = 0; ; renewals++) {
		const added = await addFile(context, source, plan);
		try {
			const uploadId = await beginMultipart(context, added.create_blueprint, file);
			return { packageId, token, fileId: added.file.id, uploadId, file };
		} catch (error) {
			await removeAfterFailure(context, added.file.id, error);
			if (!isExpired(error) || renewals >= maxRenewals) throw error;
		}
	}
}

/**
 * `POST /v1/packages/{package}/files`. Only this answer holds the request that begins the upload, so when it is lost the
 * file must be registered again. An entry that the lost request left behind is removed first: a package with an
 * unfinished file cannot be finalized.
 */
async function addFile(context: UploadContext, source: FileSource, plan: PartPlan): Promise<AddedFile> {
	const { client, packageId, token, policy, ownFileIds } = context;
	await removeStrays(context, source, context.strays);
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
		findLost: async () => {
			// Within the patience of this call, which must not be spent anew at each try.
			const once = { ...context, policy: noRetry };
			await removeStrays(once, source, await fetchFiles(client, packageId, noRetry));
			return undefined;
		},
	});
	ownFileIds.add(added.file.id);
	return added;
}

/** Removes unfinished entries at the place of this file that this run does not know. */
async function removeStrays(context: UploadContext, source: FileSource, files: MasvFile[]): Promise<void> {
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

/** The blueprint's own request; the storage answers XML with `<UploadId>`. Begun twice is begun once and one left empty. */
async function beginMultipart(context: UploadContext, blueprint: Blueprint, file: string): Promise<string> {
	const { client, policy } = context;
	const operation = `begin the upload of "${file}"`;
	return await retry(
		async () => {
			const body = blueprint.body === '' ? undefined : blueprint.body;
			const { text } = await sendBlueprint(client, operation, blueprint, { method: 'POST', body });
			const uploadId = /<UploadId>\s*([^<]+?)\s*<\/UploadId>/.exec(text)?.[1];
			if (uploadId !== undefined) return decodeXml(uploadId);
			throw new MasvConnectionError(`Could not ${operation}. The storage answered without an upload ID`, {
				hint: 'A proxy between n8n and the storage may have answered in its place.',
			});
		},
		{
			policy,
			clock: client.clock,
			signal: client.signal,
			onRetry: (error, attempt) => client.reportRetry(error, attempt),
		},
	);
}

function decodeXml(text: string): string {
	const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
	return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] as string);
}
