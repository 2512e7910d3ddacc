import { isGone } from '../answers';
import { MasvConnectionError } from '../errors';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { noRetry } from '../retry';
import type { Blueprint } from '../schemas';
import { blueprintsSchema } from '../schemas';
import { askAgain } from '../transfer/askAgain';
import type { PackageAccess } from '../transfer/packageAccess';
import type { OpenUpload } from './openUpload';

/** URLs per request. Their lifetime is not documented, so a large file does not request all of them at the start. */
const batchParts = 64;

/** The pre-signed requests of one upload, fetched in advance. */
export interface PartUrls {
	/** @param index from 0 */
	get(index: number): Promise<Blueprint>;
	/** A new URL for a part whose URL has expired. An outage is not waited for, because uploading the part is retried. */
	renew(index: number): Promise<Blueprint>;
}

/**
 * `POST /v1/packages/{package}/files/{file}?start={from 0}&count={n}`: an array in ascending order.
 * docs/masv-api.md#part-urls
 */
export function createPartUrls(access: PackageAccess, upload: OpenUpload, parts: number): PartUrls {
	const batches = new Map<number, Promise<Blueprint[]>>();

	const fetchBatch = (batch: number): Promise<Blueprint[]> => {
		const known = batches.get(batch);
		if (known !== undefined) return known;
		const start = batch * batchParts;
		const request = fetchPartUrls(access, upload, start, Math.min(batchParts, parts - start));
		batches.set(batch, request);
		// The current callers get the error, the next call requests the batch again.
		request.catch(() => batches.delete(batch));
		return request;
	};

	return {
		get: async (index) => {
			const batch = Math.floor(index / batchParts);
			const urls = await fetchBatch(batch);
			const isPastMiddle = index % batchParts >= batchParts / 2;
			if (isPastMiddle && (batch + 1) * batchParts < parts) void fetchBatch(batch + 1).catch(() => undefined);
			// Earlier batches are not needed any more: a failed part gets a new URL.
			if (batch >= 2) batches.delete(batch - 2);
			return urls[index % batchParts] as Blueprint;
		},
		renew: async (index) => (await fetchPartUrls(access, upload, index, 1, noRetry))[0] as Blueprint,
	};
}

/** That the upload is gone counts only if it is repeated: all that is stored of the file is given up then. */
async function fetchPartUrls(
	{ client, packageId, token, policy }: PackageAccess,
	upload: OpenUpload,
	start: number,
	count: number,
	policyOfCall: RetryPolicy = policy,
): Promise<Blueprint[]> {
	const operation = `get upload URLs for "${upload.file}"`;
	const request = (): Promise<Blueprint[]> =>
		client.call({
			operation,
			method: 'POST',
			path: path`/v1/packages/${packageId}/files/${upload.fileId}`,
			query: { start, count },
			body: { upload_id: upload.uploadId },
			authorization: { kind: 'package', token },
			schema: blueprintsSchema,
			policy: policyOfCall,
		});
	const urls = await askAgain(client, policy, request, isGone);
	if (urls.length >= count) return urls;
	throw new MasvConnectionError(`Could not ${operation}. MASV returned only ${urls.length} of ${count} URLs`, {
		code: 'part_urls_missing',
		transient: false,
	});
}
