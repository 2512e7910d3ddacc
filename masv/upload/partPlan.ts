import { MasvInputError } from '../errors';
import { formatBytes } from '../formatBytes';
import { mebibyte } from './partLimits';
import type { PartLimits } from './partLimits';

/** Large enough to make the overhead of requests negligible, small enough to make a retry cheap. */
const preferredRangePartBytes = 32 * mebibyte;
/** Smaller, because a part of a stream stays in memory until it is uploaded. */
const preferredStreamPartBytes = 8 * mebibyte;
/** Limit for all parts of streams in memory. */
export const maxStreamBytes = 96 * mebibyte;

export interface PartPlan {
	/** Size of every part except the last one. */
	partBytes: number;
	/** At least 1: an empty file has one empty part. */
	parts: number;
	/** Maximum number of parts of this file in flight. */
	parallelParts: number;
}

/** Options for all files of an upload. */
export interface PlanOptions {
	limits: PartLimits;
	/** Maximum number of parts in flight across all files. */
	parallelParts: number;
	/** Part size set by the user, in bytes. Applied within the limits. */
	partBytes?: number;
}

export interface PlanRequest extends PlanOptions {
	kind: 'range' | 'stream';
	bytes: number;
	/** For messages. */
	file: string;
}

/**
 * Divides a file into at most `maxParts` parts of at least `minPartBytes` each, except for the last one. Part sizes are
 * whole MiB. A part of a stream fits into {@link maxStreamBytes}, unless the file would then have too many parts.
 * @throws MasvInputError if the file is too large
 */
export function planParts(request: PlanRequest): PartPlan {
	const { bytes, limits, file } = request;
	const minimum = Math.max(limits.minPartBytes, Math.ceil(bytes / limits.maxParts));
	const preferred = preferredPartBytes(request);
	const wholeMebibytes = Math.ceil(Math.max(preferred, minimum) / mebibyte) * mebibyte;
	const partBytes = Math.min(wholeMebibytes, limits.maxPartBytes);
	if (partBytes < minimum) {
		throw new MasvInputError(
			`"${file}" is ${formatBytes(bytes)}; the limit is ${formatBytes(limits.maxPartBytes * limits.maxParts)}`,
			{ code: 'file_too_large', field: 'files', hint: 'Split the file before sending it.' },
		);
	}
	const parts = Math.max(1, Math.ceil(bytes / partBytes));
	return { partBytes, parts, parallelParts: Math.min(request.parallelParts, parts) };
}

/** Smaller files are divided so that each connection gets a part: a single connection is slow when latency is high. */
function preferredPartBytes({ kind, bytes, parallelParts, partBytes }: PlanRequest): number {
	if (kind === 'stream') return Math.min(partBytes ?? preferredStreamPartBytes, maxStreamBytes);
	return partBytes ?? Math.min(preferredRangePartBytes, Math.ceil(bytes / parallelParts));
}
