import { labelOf } from '../transfer/places';
import type { OpenSink } from '../transfer/sink';
import { untilAborted } from '../untilAborted';
import type { BlockSums } from './blockSums';
import type { DownloadRun, FileToDownload } from './downloadRun';
import type { EtagSum } from './etag';
import { blockBytesOf, sumOf, toEtagSum } from './etag';
import type { Received } from './receive';

export type Verdict =
	| { kind: 'verified'; md5: string | null }
	| { kind: 'unknown'; md5: string | null }
	/** `sum` of what was received. `isCertain`: the ETag is a checksum of the content for sure. */
	| { kind: 'damaged'; md5: string | null; sum: string; isCertain: boolean };

/** What is read again without being asked for, because it takes no more than a moment. */
const smallBytes = 64 * 1024 * 1024;

/** A checksum of the content of a file, see `etag.ts`. */
export interface ContentSum extends EtagSum {
	/** Size of the blocks of which it has the MD5s. */
	blockBytes: number;
}

/** What the ETag says about the content. Undefined if nothing can be compared with it. */
export function contentSumOf(
	{ checks }: DownloadRun,
	file: FileToDownload,
	{ version: { etag, bytes }, isHidden }: Received,
): ContentSum | undefined {
	const sum = checks.mode === 'never' || isHidden ? undefined : toEtagSum(etag);
	const blockBytes = sum && blockBytesOf(sum, bytes, file.partBytes);
	if (sum === undefined || blockBytes === undefined || bytes === 0) return undefined;
	return isCertain(sum) || checks.partSums !== 'unknown' ? { ...sum, blockBytes } : undefined;
}

/** Whether the ETag is a checksum for sure, whatever the size of the parts. */
export function isCertain({ parts }: EtagSum): boolean {
	return (parts ?? 1) === 1;
}

/**
 * Compares the MD5s of what was received with the ETag.
 * @param isNeeded whether to read again what has no MD5 yet, whatever it costs
 */
export async function verify(
	run: DownloadRun,
	file: FileToDownload,
	sink: OpenSink,
	received: Received,
	isNeeded: boolean,
): Promise<Verdict> {
	const { checks } = run;
	const { sums } = received;
	const { bytes } = received.version;
	const sum = contentSumOf(run, file, received);
	if (sum === undefined) return { kind: 'unknown', md5: null };
	const { blockBytes } = sum;
	const blocks: string[] = [];
	const isWorthIt = isNeeded || checks.mode === 'always' || missingBytes(sums, bytes, blockBytes) <= smallBytes;
	for (let start = 0; start < bytes; start += blockBytes) {
		const length = Math.min(blockBytes, bytes - start);
		const known = sums.get(start) ?? (isWorthIt ? await readBack(run, sink, start, length, isNeeded) : undefined);
		if (known === undefined) return { kind: 'unknown', md5: null };
		blocks.push(known);
	}
	const md5 = blocks.length === 1 ? (blocks[0] ?? null) : null;
	const found = sumOf(checks.hashing, blocks, sum);
	if (found !== sum.md5) return { kind: 'damaged', md5, sum: found, isCertain: isCertain(sum) };
	if (!isCertain(sum)) checks.partSums = 'proven';
	return { kind: 'verified', md5 };
}

/** Of the blocks that have no MD5 yet, because they were received in two attempts or runs, for example. */
function missingBytes(sums: BlockSums, bytes: number, blockBytes: number): number {
	let missing = 0;
	for (let start = 0; start < bytes; start += blockBytes) {
		if (!sums.has(start)) missing += Math.min(blockBytes, bytes - start);
	}
	return missing;
}

/** @returns undefined if there was no time for it, or the sink cannot be read */
async function readBack(
	{ pool, checks, client }: DownloadRun,
	sink: OpenSink,
	start: number,
	length: number,
	isNeeded: boolean,
): Promise<string | undefined> {
	if (!isNeeded && !checks.admits(0)) return undefined;
	const md5 = checks.hashing.md5();
	const buffer = pool.take();
	const within = untilAborted(client.signal);
	let position = start;
	while (position < start + length) {
		const into = buffer.subarray(0, Math.min(buffer.length, start + length - position));
		if (!isNeeded && !checks.admits(into.length)) break;
		const read = await within(sink.read(into, position));
		if (read === 0) break;
		md5.update(into.subarray(0, read));
		position += read;
	}
	// Not after a failure: a read that hangs may still write into it.
	pool.give(buffer);
	return position < start + length ? undefined : md5.hex();
}

/** Tells once that ETags of several parts are of no use. */
export function noteUnknownParts(run: DownloadRun, file: FileToDownload): void {
	if (run.checks.partSums === 'unknown') return;
	run.checks.partSums = 'unknown';
	run.checks.onWarning(
		`"${labelOf(file)}" was received twice with the same content, but its ETag does not match. ` +
			'Large files are not verified: their ETags are not made from parts of the size that MASV reports',
	);
}
