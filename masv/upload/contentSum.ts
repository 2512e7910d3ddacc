import type { MasvClient } from '../client';
import { throwIfCancelled } from '../errors';
import type { Hashing } from '../hashing';
import type { BufferPool } from '../transfer/bufferPool';
import { partRange } from '../transfer/ranges';
import type { FileFacts, RangeReader } from '../transfer/source';
import { changedError } from '../transfer/unchanged';
import type { Limit } from '../workers';
import { mapParallel } from '../workers';
import { s3Limits } from './partLimits';
import type { PartNote } from './partNote';
import { md5OfEtag } from './partNote';

/**
 * What identifies the content of a file that was sent, from the sums of its parts, so that it is not read for this: the MD5 of the
 * only part, or 96 bits of a SHA-256 over the MD5s of all parts and `/`, followed by the size of a part in bytes. Files with equal
 * sums have the same content, but for one accident in 2^96: somebody who makes files for this purpose can deceive an MD5.
 */
export type ContentSum = string;

export function isContentSum(value: unknown): value is ContentSum {
	return typeof value === 'string' && /^([0-9a-f]{32}|[0-9a-f]{24}\/[1-9]\d{0,15})$/.test(value);
}

/**
 * @param parts of the whole file, in their order
 * @param areEtagsOpaque whether ETags are known not to be MD5s. As long as it is not known, one that looks like an MD5 is taken for
 * one: if it is something else, it is not equal to any content
 * @returns undefined if there is no MD5 of some part: a CRC-32 is too short to leave out a file because of it
 */
export function contentSum(
	hashing: Pick<Hashing, 'sha256'>,
	partBytes: number,
	parts: readonly PartNote[],
	areEtagsOpaque: boolean,
): ContentSum | undefined {
	const md5s: string[] = [];
	for (const { md5, etag } of parts) {
		const known = md5 ?? (areEtagsOpaque ? undefined : md5OfEtag(etag));
		if (known === undefined) return undefined;
		md5s.push(known);
	}
	return join(hashing, partBytes, md5s);
}

/** What reads of files share. */
export interface SumReads {
	/** Limits the number of parts that are read at the same time. */
	limit: Limit;
	buffers: BufferPool;
	/** Told how many bytes were read. */
	onRead: (bytes: number) => void;
}

/**
 * Reads an open file, and sums it up in the same parts as another sum.
 * @throws MasvTransferError `file_changed` if it ends early, or if it cannot be read; MasvCancelledError
 */
export async function readContentSum(
	{ hashing, signal: outer }: Pick<MasvClient, 'hashing' | 'signal'>,
	source: FileFacts,
	reader: RangeReader,
	like: ContentSum,
	{ limit, buffers, onRead }: SumReads,
): Promise<ContentSum> {
	const { bytes } = source;
	const partBytes = Number(like.split('/')[1] ?? Math.max(1, bytes));
	const count = Math.max(1, Math.ceil(bytes / partBytes));
	// The record of the other sum was damaged. Nothing is equal to it.
	if (count > s3Limits.maxParts) return '';
	const read = async (index: number, signal: AbortSignal): Promise<string> => {
		const { start, length } = partRange({ partBytes }, bytes, index);
		const md5 = hashing.md5();
		const buffer = buffers.take();
		for (let at = start; at < start + length;) {
			throwIfCancelled(signal);
			const into = buffer.subarray(0, Math.min(buffer.length, start + length - at));
			const got = await reader.read(into, at);
			if (got === 0) throw changedError(source, `it ended after ${at} of ${bytes} bytes`);
			md5.update(into.subarray(0, got));
			onRead(got);
			at += got;
		}
		// Not after a failure: a read that has stalled may still write into it.
		buffers.give(buffer);
		return md5.hex();
	};
	const indexes = Array.from({ length: count }, (_, index) => index);
	const readInTurn = async (index: number, signal: AbortSignal): Promise<string> => await limit(read, index, signal);
	const md5s = await mapParallel(indexes, limit.concurrency, readInTurn, outer);
	return join(hashing, partBytes, md5s);
}

function join(hashing: Pick<Hashing, 'sha256'>, partBytes: number, md5s: readonly string[]): ContentSum {
	const [only] = md5s;
	if (md5s.length === 1 && only !== undefined) return only;
	return `${hashing.sha256(md5s.join('')).slice(0, 24)}/${partBytes}`;
}
