import { MasvCancelledError, MasvTransferError } from '../errors';
import type { FileFacts, RangeReader } from '../transfer/source';
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
 * after the socket has drained the previous one: buffers are longer than the high-water mark of any socket. Only the last
 * piece may be shorter, and its buffer is not reused before the request has ended.
 */
export async function* readRange(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
	attempt: Attempt,
): AsyncGenerator<Uint8Array> {
	await endOfLastRead(slot);
	const end = start + length;
	let position = start;
	let bufferIndex: 0 | 1 = 0;
	const readNext = (): Promise<Uint8Array> | undefined => {
		if (position >= end || !attempt.isOpen) return undefined;
		const into = slot.buffer(bufferIndex, Math.min(slot.piece.bytes, end - position));
		const reading = readInto(slot, fill(source, reader, into, position));
		position += into.length;
		bufferIndex = bufferIndex === 0 ? 1 : 0;
		return reading;
	};
	let next = readNext();
	while (next !== undefined) {
		const piece = await next;
		next = readNext();
		const sent = slot.piece.begin();
		yield piece;
		sent();
	}
}

/** The bytes of a part of at most one piece. They stay in the slot until the request has ended. */
export async function readPiece(
	source: FileFacts,
	reader: RangeReader,
	{ start, length }: { start: number; length: number },
	slot: Slot,
): Promise<Uint8Array> {
	await endOfLastRead(slot);
	return await readInto(slot, fill(source, reader, slot.buffer(0, length), start));
}

/**
 * A read of a failed attempt may still be writing into the buffers.
 * @throws its error if it has stalled. Otherwise, attempts that fail because nothing is read would be repeated as if it were
 * the connection, for as long as an outage may last.
 */
async function endOfLastRead(slot: Slot): Promise<void> {
	const error = await slot.reading;
	if (isStalled(error)) throw error;
}

function readInto(slot: Slot, reading: Promise<Uint8Array>): Promise<Uint8Array> {
	const end = (error?: unknown): unknown => {
		if (slot.reading === ended) slot.isReading = false;
		// Only the wait has ended, not the read.
		if (slot.reading === ended && (isStalled(error) || error instanceof MasvCancelledError)) slot.abandon();
		return error;
	};
	const ended = reading.then(() => end(), end);
	slot.reading = ended;
	slot.isReading = true;
	return reading;
}

function isStalled(error: unknown): boolean {
	return error instanceof MasvTransferError && error.code === 'file_read_stalled';
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
