import type { Hashing } from '../hashing';
import type { RunningChecksum } from '../transfer/checksum';
import { startChecksum } from '../transfer/checksum';
import type { LoadGate } from '../transfer/loadGate';
import type { PlannedRange } from './rangePlan';

/** The MD5s of the blocks of a file, by the position at which they begin. */
export type BlockSums = Map<number, string>;

/** Computes the MD5 of each block of content that arrives in order. */
export interface RunningSums {
	/** The next bytes. */
	update(bytes: Uint8Array): void;
	/** The blocks that are complete, after the last byte. */
	finish(): BlockSums;
}

/**
 * @param start where the content begins: at the beginning of a block
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
	return {
		update: (bytes) => {
			for (let at = 0; at < bytes.length;) {
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

/** Whether a range consists of whole blocks, so that they can be computed as it arrives. */
export function hasWholeBlocks({ start, end }: PlannedRange, bytes: number, blockBytes: number): boolean {
	return start % blockBytes === 0 && (end % blockBytes === 0 || end === bytes);
}
