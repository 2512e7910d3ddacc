import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { noRetry } from '../retry';
import { uploadSpecSchema } from '../schemas';

export const mebibyte = 1024 * 1024;

/** Sizes in bytes. */
export interface PartLimits {
	minPartBytes: number;
	maxPartBytes: number;
	maxParts: number;
}

/** The limits of Amazon S3 and of MASV. docs/masv-api.md#upload-limits */
export const s3Limits: PartLimits = { minPartBytes: 5 * mebibyte, maxPartBytes: 5 * 1024 * mebibyte, maxParts: 10_000 };

/** Time limit for the request. Uploads work without its response. */
const timeoutMs = 5_000;

/**
 * The current limits: `GET /v1/system/packages/spec`. The shape of the response is not documented, and no known client
 * calls the route, so any failure results in {@link s3Limits}. docs/masv-api.md#upload-limits
 */
export async function fetchPartLimits(client: MasvClient): Promise<PartLimits> {
	const timeout = client.clock.timeout(timeoutMs);
	const limited = client.withSignal(client.signal === undefined ? timeout : AbortSignal.any([client.signal, timeout]));
	try {
		const spec = await limited.call({
			operation: 'get the upload limits',
			method: 'GET',
			path: '/v1/system/packages/spec',
			schema: uploadSpecSchema,
			policy: noRetry,
		});
		return {
			minPartBytes: atLeastOne(spec.min_chunk_size) ?? s3Limits.minPartBytes,
			maxPartBytes: atLeastOne(spec.max_chunk_size) ?? s3Limits.maxPartBytes,
			maxParts: atLeastOne(spec.max_chunk_count) ?? s3Limits.maxParts,
		};
	} catch (error) {
		if (error instanceof MasvError && client.signal?.aborted !== true) return s3Limits;
		throw error;
	}
}

function atLeastOne(value: number | undefined): number | undefined {
	return value !== undefined && Number.isInteger(value) && value >= 1 ? value : undefined;
}
