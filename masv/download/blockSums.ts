import type { Hashing } from '../hashing';
import type { RunningChecksum } from '../transfer/checksum';
import { startChecksum } from '../transfer/checksum';
import type { LoadGate } from '../transfer/loadGate';
import type { PlannedRange } from './rangePlan';

/** The MD5s of the blocks of a file, by the position at which they begin. */
export type BlockSums = Map<number, string>;

/** Computes the MD5 of each block of content that arrives in order. */
export interface RunningSums {
	/** Undefined: all content is one block. */
	readonly blockBytes: number | undefined;
	/** Of the next byte. */
	readonly position: number;
	/** The next bytes. */
	update(bytes: Uint8Array): void;
	/** The blocks that are complete so far. */
	readonly complete: BlockSums;
	/** After the last byte, which ends a block in any case. */
	finish(): BlockSums;
	/** Whether there is time to compute them for so many more bytes, for those who compute them in another way. */
	admits(bytes: number): boolean;
}

/**
 * @param start where the content begins. Of a block that has begun before, no checksum is computed
 * @param blockBytes undefined for a single block of any size
 * @param gate see {@link startChecksum}
 */
export function startSums(
	hashing: Hashing,
	start: number,
	blockBytes: number | undefined,
	gate: LoadGate,
): RunningSums {
	const sums: BlockSums = new Map();
	let block: { start: number; checksum: RunningChecksum } | undefined;
	let position = start;
	const end = (): void => {
		const md5 = block?.checksum.finish().md5;
		if (block !== undefined && md5 !== undefined) sums.set(block.start, md5);
		block = undefined;
	};
	/** The first block begins there. */
	const from = blockBytes === undefined ? start : Math.ceil(start / blockBytes) * blockBytes;
	return {
		blockBytes,
		get position() {
			return position;
		},
		complete: sums,
		admits: (bytes) => gate.admits(bytes),
		update: (bytes) => {
			const skipped = Math.min(from - position, bytes.length);
			if (skipped > 0) position += skipped;
			for (let at = Math.max(0, skipped); at < bytes.length;) {
				block ??= { start: position, checksum: startChecksum(hashing, 'md5', gate) };
				const limit = blockBytes === undefined ? Infinity : block.start + blockBytes - position;
				const piece = bytes.subarray(at, at + Math.min(limit, bytes.length - at));
				block.checksum.update(piece);
				at += piece.length;
				position += piece.length;
				if (piece.length === limit) end();
			}
		},
		finish: () => {
			end();
			return sums;
		},
	};
}

/** Whether a range ends with a block, so that the checksums of its blocks can be computed as it arrives. */
export function endsWithBlock({ end }: PlannedRange, bytes: number, blockBytes: number): boolean {
	return end % blockBytes === 0 || end === bytes;
}
