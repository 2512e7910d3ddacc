import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { noRetry } from '../retry';
import { uploadSpecSchema } from '../schemas';

export const mebibyte = 1024 * 1024;

/** What the service takes. Bytes. */
export interface PartLimits {
	minPartBytes: number;
	maxPartBytes: number;
	maxParts: number;
}

/** Amazon S3's limits, which MASV names as its own (MASV docs, Uploads). */
export const s3Limits: PartLimits = { minPartBytes: 5 * mebibyte, maxPartBytes: 5 * 1024 * mebibyte, maxParts: 10_000 };

/** How long the limits are waited for. Milliseconds. */
const specMs = 5_000;

/**
 * What the service takes now: `GET /v1/system/packages/spec`. Its answer is not printed in MASV's documentation and no
 * client is known to call it, so every failure means {@link s3Limits}.
 */
export async function fetchPartLimits(client: MasvClient): Promise<PartLimits> {
	// No upload waits long for what it can do without.
	const soon = client.clock.timeout(specMs);
	const patient = client.withSignal(client.signal === undefined ? soon : AbortSignal.any([client.signal, soon]));
	try {
		const spec = await patient.call({
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
