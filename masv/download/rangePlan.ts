import { firstConnections } from '../transfer/climb';
import type { AskedRange } from './answer';

const mebibyte = 1024 * 1024;

/** Large enough to make the overhead of requests negligible, small enough that little is lost with a connection. */
const preferredRangeBytes = 32 * mebibyte;
/** Requests for less take more time than they save. */
export const defaultMinRangeBytes = mebibyte;
/** Smaller ones serve only to give each of the first connections one. */
const smallestShareBytes = 4 * mebibyte;
/** Above it, a range is not made to fit the parts of the upload. */
const maxRangeBytes = 64 * mebibyte;

/** A range to be asked for. */
export type PlannedRange = AskedRange & { end: number };

export interface PlanRequest {
	/** Undefined if MASV does not tell. */
	bytes: number | undefined;
	/** Size of the parts in which the file was uploaded, if known. */
	partBytes: number | undefined;
	/** How far ahead of its reader a sink can be written. Undefined for a sink that can be written anywhere. */
	windowBytes: number | undefined;
	/** The most ranges that may be on their way, and how many may be now. */
	most: number;
	connections: number;
	/** Set by the user. */
	rangeBytes: number | undefined;
	minRangeBytes?: number;
}

/**
 * The size of all ranges of a file but the last. Where possible, each has whole parts of the upload, so that its checksum can be
 * compared: docs/masv-api.md#etags. Smaller files are divided so that each connection gets a range.
 */
export function planRangeBytes({
	bytes,
	partBytes,
	windowBytes,
	most,
	connections,
	rangeBytes,
	minRangeBytes = defaultMinRangeBytes,
}: PlanRequest): number {
	if (windowBytes !== undefined) return Math.max(64 * 1024, Math.floor(windowBytes / (connections + 1)));
	const firstShare = shareOf(bytes, Math.min(most, firstConnections));
	const share = Math.max(shareOf(bytes, most), Math.min(firstShare, smallestShareBytes));
	const preferred = Math.max(minRangeBytes, rangeBytes ?? Math.min(preferredRangeBytes, share));
	if (partBytes === undefined || partBytes < 1) return preferred;
	if (partBytes <= preferred) return Math.floor(preferred / partBytes) * partBytes;
	const isMany = bytes !== undefined && bytes >= partBytes * connections;
	return isMany && partBytes <= maxRangeBytes ? partBytes : preferred;
}

function shareOf(bytes: number | undefined, connections: number): number {
	return bytes === undefined ? Infinity : Math.ceil(bytes / connections / mebibyte) * mebibyte;
}

/**
 * Divides a file into ranges of so many bytes. One after another, because a large file has very many of them, a server may
 * claim any size, and the number of connections may change in the meantime.
 * @param rangeBytes asked for each range
 */
export function* planRanges(bytes: number, rangeBytes: () => number, from = 0): Generator<PlannedRange> {
	for (let start = from; start < bytes;) {
		const end = Math.min(start + rangeBytes(), bytes);
		yield { start, end };
		start = end;
	}
}

/** What is missing of the ranges. Earlier runs may have divided the file differently, so it may be a part of one. */
export function* missingRanges(
	planned: Iterable<PlannedRange>,
	present: readonly PlannedRange[],
): Generator<PlannedRange> {
	const areas = joined(present);
	let at = 0;
	for (const { start, end } of planned) {
		let missing = start;
		for (; at < areas.length; at++) {
			const area = areas[at] as PlannedRange;
			if (area.start > missing) yield { start: missing, end: Math.min(area.start, end) };
			missing = Math.max(missing, area.end);
			if (missing >= end) break;
		}
		if (missing < end) yield { start: missing, end };
	}
}

/** Ranges that touch or overlap become one. */
function joined(ranges: readonly PlannedRange[]): PlannedRange[] {
	const areas: PlannedRange[] = [];
	for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
		const last = areas.at(-1);
		if (last === undefined || start > last.end) areas.push({ start, end });
		else last.end = Math.max(last.end, end);
	}
	return areas;
}
