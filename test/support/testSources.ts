import { createHash } from 'node:crypto';

import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource, RangeSource } from '../../masv/transfer/source';

/** Pseudorandom bytes. The same seed gives the same bytes. */
export function patternBytes(length: number, seed = 1): Buffer {
	const bytes = Buffer.allocUnsafe(length);
	let state = seed >>> 0 || 1;
	let at = 0;
	for (; at + 4 <= length; at += 4) {
		// xorshift32: fast, and no two blocks of a file are equal.
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		bytes.writeInt32LE(state, at);
	}
	for (; at < length; at++) bytes[at] = at & 0xff;
	return bytes;
}

export function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** A source with these bytes that can be read by range. */
export function rangeOf(name: string, bytes: Buffer, path = ''): RangeSource {
	return bufferSource(bytes, { name, path, modifiedAt: new Date('2026-01-02T03:04:05.678Z') });
}

/** A stream source with these bytes. The sizes of its pieces repeat `pieceSizes`. */
export function streamOf(name: string, bytes: Buffer, pieceSizes: number[] = [65_536]): FileSource {
	return {
		kind: 'stream',
		name,
		path: '',
		bytes: bytes.length,
		modifiedAt: new Date('2026-01-02T03:04:05.678Z'),
		open: () => {
			const pieces = piecesOf(bytes, pieceSizes);
			return Promise.resolve({ pieces, close: () => void pieces.return(undefined) });
		},
	};
}

async function* piecesOf(bytes: Buffer, sizes: number[]): AsyncGenerator<Uint8Array> {
	for (let at = 0, turn = 0; at < bytes.length; turn++) {
		const size = sizes[turn % sizes.length] ?? 1;
		yield await Promise.resolve(bytes.subarray(at, at + size));
		at += size;
	}
}
