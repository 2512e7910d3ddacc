import type { FileFacts, FileStamp, RangeReader, RangeSource } from './source';

/** A file in memory. */
export function bufferSource(content: Uint8Array, facts: Omit<FileFacts, 'bytes'>): RangeSource {
	const source = { ...facts, bytes: content.length };
	const modified = String(BigInt(facts.modifiedAt.getTime()) * 1_000_000n);
	const stamp: FileStamp = { bytes: content.length, modified, changed: modified, device: '0', inode: '0' };
	return {
		...source,
		kind: 'range',
		open: () => Promise.resolve(memoryReader(() => content, stamp)),
	};
}

/** @param content asked for at each read */
export function memoryReader(content: () => Uint8Array, stamp: FileStamp): RangeReader {
	return {
		read: async (into, position) => {
			const piece = content().subarray(position, position + into.length);
			into.set(piece);
			return await Promise.resolve(piece.length);
		},
		look: () => Promise.resolve(stamp),
		close: () => undefined,
	};
}
