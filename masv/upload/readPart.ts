import type { FileFacts, RangeReader } from '../transfer/source';
import { pieceBytes } from './slots';
import type { Slot } from './slots';
import { changedError } from '../transfer/unchanged';

/**
 * One try at a part. undici may ask for one more piece of a body whose request has failed; when the try is over nothing may
 * be read into its slot any more, because the slot serves another part by then.
 */
export interface Attempt {
	isOpen: boolean;
}

/**
 * The bytes from `start` as pieces in the slot's two buffers by turns: while one is on its way, the other is filled. A
 * piece is valid until the next but one is asked for. That is safe with undici, which asks for the next piece only after
 * the socket has taken the one before ("drain"): a piece of {@link pieceBytes} is above every socket's high-water mark, so
 * each one is waited for; only the last of a part may be shorter, and its buffer rests until the request has ended.
 */
export async function* readRange(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
	attempt: Attempt,
): AsyncGenerator<Uint8Array> {
	// A read of an attempt that failed may still be writing into these buffers.
	await slot.reading;
	const end = start + length;
	let position = start;
	let turn: 0 | 1 = 0;
	const readAhead = (): Promise<Uint8Array> | undefined => {
		if (position >= end || !attempt.isOpen) return undefined;
		const into = slot.buffers[turn].subarray(0, Math.min(pieceBytes, end - position));
		const reading = fill(source, reader, into, position);
		slot.reading = reading.catch(() => undefined);
		position += into.length;
		turn = turn === 0 ? 1 : 0;
		return reading;
	};
	let next = readAhead();
	while (next !== undefined) {
		const piece = await next;
		next = readAhead();
		yield piece;
	}
}

/** The bytes of a part that is no longer than one piece. They rest in the slot until the request has ended. */
export async function readPiece(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
): Promise<Uint8Array> {
	await slot.reading;
	const reading = fill(source, reader, slot.buffers[0].subarray(0, length), start);
	slot.reading = reading.catch(() => undefined);
	return await reading;
}

async function fill(source: FileFacts, reader: RangeReader, into: Uint8Array, position: number): Promise<Uint8Array> {
	let filled = 0;
	while (filled < into.length) {
		const read = await reader.read(into.subarray(filled), position + filled);
		if (read === 0) throw changedError(source, `it ended after ${position + filled} of ${source.bytes} bytes`);
		filled += read;
	}
	return into;
}
