import type { FileFacts, FileStamp, RangeSource } from './source';

/** A file in memory. */
export function bufferSource(content: Uint8Array, facts: Omit<FileFacts, 'bytes'>): RangeSource {
	const source = { ...facts, bytes: content.length };
	const modified = String(BigInt(facts.modifiedAt.getTime()) * 1_000_000n);
	const stamp: FileStamp = { bytes: content.length, modified, changed: modified, device: '0', inode: '0' };
	return {
		...source,
		kind: 'range',
		open: () =>
			Promise.resolve({
				read: (into: Uint8Array, position: number) => {
					const piece = content.subarray(position, position + into.length);
					into.set(piece);
					return Promise.resolve(piece.length);
				},
				look: () => Promise.resolve(stamp),
				close: () => undefined,
			}),
	};
}
