import type { FileFacts, RangeReader } from '../transfer/source';
import { pieceBytes } from './slots';
import type { Slot } from './slots';
import { changedError } from '../transfer/unchanged';

/**
 * One attempt to upload a part. undici may request another piece of the body after its request has failed. Nothing may be
 * read into the slot after the attempt, because another part may be using it.
 */
export interface Attempt {
	isOpen: boolean;
}

/**
 * The bytes of a range as pieces that use the slot's two buffers alternately: one is sent while the other is filled. A
 * piece stays valid until the one after the next is requested. This is safe because undici requests the next piece only
 * after the socket has drained the previous one: {@link pieceBytes} exceeds the high-water mark of any socket. Only the last
 * piece may be shorter, and its buffer is not reused before the request has ended.
 */
export async function* readRange(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
	attempt: Attempt,
): AsyncGenerator<Uint8Array> {
	// A read of a failed attempt may still be writing into these buffers.
	await slot.reading;
	const end = start + length;
	let position = start;
	let bufferIndex: 0 | 1 = 0;
	const readNext = (): Promise<Uint8Array> | undefined => {
		if (position >= end || !attempt.isOpen) return undefined;
		const into = slot.buffer(bufferIndex, Math.min(pieceBytes, end - position));
		const reading = fill(source, reader, into, position);
		slot.reading = reading.catch(() => undefined);
		position += into.length;
		bufferIndex = bufferIndex === 0 ? 1 : 0;
		return reading;
	};
	let next = readNext();
	while (next !== undefined) {
		const piece = await next;
		next = readNext();
		yield piece;
	}
}

/** The bytes of a part of at most one piece. They stay in the slot until the request has ended. */
export async function readPiece(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
): Promise<Uint8Array> {
	await slot.reading;
	const reading = fill(source, reader, slot.buffer(0, length), start);
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
