import { createYoungCollection } from './collectYoung';

let onFresh: ((bytes: number) => void) | undefined;

/** Copies of pieces whose memory is used again, for readers that may keep them for as long as they like. */
export async function* freshPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	onFresh ??= createYoungCollection();
	for await (const piece of pieces) {
		onFresh(piece.length);
		yield new Uint8Array(piece);
	}
}
