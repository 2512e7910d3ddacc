import type { FileFacts, RangeSource } from './source';

/** A file in memory. */
export function bufferSource(content: Uint8Array, facts: Omit<FileFacts, 'bytes'>): RangeSource {
	const source = { ...facts, bytes: content.length };
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
				look: () => ({ bytes: content.length, modifiedMs: source.modifiedAt.getTime() }),
				close: () => undefined,
			}),
	};
}
