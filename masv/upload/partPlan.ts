import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { formatBytes } from '../formatBytes';
import { noRetry } from '../retry';
import { uploadSpecSchema } from '../schemas';

const mebibyte = 1024 * 1024;

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

/** Large enough that requests cost nothing, small enough that sending one again does not hurt. */
const preferredRangePartBytes = 32 * mebibyte;
/** A part of a stream waits in memory until it is stored. */
const preferredStreamPartBytes = 8 * mebibyte;
/** All parts of streams that may be in memory at one time. */
export const maxStreamBytes = 96 * mebibyte;

export interface PartPlan {
	/** Size of every part but the last. */
	partBytes: number;
	/** At least 1: an empty file is one empty part. */
	parts: number;
	/** Parts of this file that may be under way at one time. */
	parallelParts: number;
}

export interface PlanRequest {
	kind: 'range' | 'stream';
	bytes: number;
	limits: PartLimits;
	parallelParts: number;
	/** The user's wish; taken as long as the limits allow it. */
	partBytes?: number;
	/** For messages. */
	file: string;
}

/**
 * Cuts a file into parts that the service takes: at most `maxParts`, each but the last at least `minPartBytes`. Part sizes
 * are whole MiB. A part of a stream is no larger than what may be in memory, unless the file leaves no choice.
 * @throws MasvInputError for a file that no plan fits
 */
export function planParts(request: PlanRequest): PartPlan {
	const { bytes, limits, file } = request;
	const smallest = Math.max(limits.minPartBytes, Math.ceil(bytes / limits.maxParts));
	const wished = wishedPartBytes(request);
	const wholeMebibytes = Math.ceil(Math.max(wished, smallest) / mebibyte) * mebibyte;
	const partBytes = Math.min(wholeMebibytes, limits.maxPartBytes);
	if (partBytes < smallest) {
		throw new MasvInputError(
			`"${file}" has ${formatBytes(bytes)}; MASV takes files of at most ${formatBytes(limits.maxPartBytes * limits.maxParts)}`,
			{ field: 'Files', hint: 'Split the file before you send it.' },
		);
	}
	const parts = Math.max(1, Math.ceil(bytes / partBytes));
	return { partBytes, parts, parallelParts: Math.min(request.parallelParts, parts) };
}

/** A file that is not large is cut so that each connection has a part of it; on a long line one alone is slow. */
function wishedPartBytes({ kind, bytes, parallelParts, partBytes }: PlanRequest): number {
	if (kind === 'stream') return Math.min(partBytes ?? preferredStreamPartBytes, maxStreamBytes);
	return partBytes ?? Math.min(preferredRangePartBytes, Math.ceil(bytes / parallelParts));
}

/** Place and length of a part; `index` counts from 0. */
export function partRange(plan: PartPlan, bytes: number, index: number): { start: number; length: number } {
	const start = index * plan.partBytes;
	return { start, length: Math.min(plan.partBytes, bytes - start) };
}

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
			operation: 'get the limits for uploads',
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
