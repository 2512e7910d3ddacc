import { MasvInputError } from '../errors';
import { formatBytes } from '../formatBytes';
import { mebibyte } from './partLimits';
import type { PartLimits } from './partLimits';

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

/** What plans of all files of an operation have in common. */
export interface PlanOptions {
	limits: PartLimits;
	/** Parts in flight over all files together. */
	parallelParts: number;
	/** The user's wish; taken as long as the limits allow it. Bytes. */
	partBytes?: number;
}

export interface PlanRequest extends PlanOptions {
	kind: 'range' | 'stream';
	bytes: number;
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
			`"${file}" is ${formatBytes(bytes)}; the limit is ${formatBytes(limits.maxPartBytes * limits.maxParts)}`,
			{ code: 'file_too_large', field: 'files', hint: 'Split the file before sending it.' },
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
