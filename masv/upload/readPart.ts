import { MasvCancelledError } from '../errors';
import type { FileFacts, RangeReader } from '../transfer/source';
import { changedError } from '../transfer/source';

/** Large enough that a socket takes it only whole, see {@link readRange}. */
export const pieceBytes = 512 * 1024;

/** The two buffers of one part in flight, used again and again. */
export interface Slot {
	buffers: [Uint8Array, Uint8Array];
	/** The last read that was begun into one of them. */
	reading: Promise<unknown>;
}

/**
 * One try at a part. undici may ask for one more piece of a body whose request has failed; when the try is over nothing may
 * be read into its slot any more, because the slot serves another part by then.
 */
export interface Attempt {
	isOpen: boolean;
}

/**
 * As many slots as parts may be in flight. Memory is this and no more, whatever the size of files and parts: buffers are
 * made when first needed and then kept.
 */
export function createSlots(count: number): { take(): Slot; give(slot: Slot): void } {
	const free: Slot[] = [];
	let made = 0;
	return {
		take: () => {
			const slot = free.pop();
			if (slot !== undefined) return slot;
			if (made === count) throw new Error(`More than ${count} parts are in flight`);
			made++;
			return {
				buffers: [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)],
				reading: Promise.resolve(),
			};
		},
		give: (slot) => void free.push(slot),
	};
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

/** Cuts a stream into parts, one after the other. The pieces stay as they came: joining them would copy every byte. */
export interface PartCutter {
	/** The next `length` bytes. */
	cut(length: number): Promise<Uint8Array[]>;
	/** Asserts that nothing is left. */
	finish(): Promise<void>;
	/** Ends the stream, and with an error whoever waits for a piece of it. */
	close: () => void;
}

export function createPartCutter(source: FileFacts, stream: AsyncIterable<Uint8Array>): PartCutter {
	const iterator: AsyncIterator<Uint8Array, unknown> = stream[Symbol.asyncIterator]();
	let rest: Uint8Array = new Uint8Array(0);
	let taken = 0;
	let isClosed = false;
	let giveUp: ((reason: unknown) => void) | undefined;
	/** The next piece; a piece that never comes does not keep `close` from ending the wait for it. */
	const nextPiece = async (): Promise<IteratorResult<Uint8Array, unknown>> =>
		await new Promise((resolve, reject) => {
			if (isClosed) throw new MasvCancelledError();
			giveUp = reject;
			iterator.next().then(resolve, reject);
		});
	const pull = async (): Promise<boolean> => {
		while (rest.length === 0) {
			const next = await nextPiece();
			if (next.done === true) return false;
			rest = next.value;
		}
		return true;
	};
	return {
		cut: async (length) => {
			const pieces: Uint8Array[] = [];
			for (let missing = length; missing > 0;) {
				if (!(await pull())) throw changedError(source, `it ended after ${taken} of ${source.bytes} bytes`);
				const piece = rest.subarray(0, missing);
				rest = rest.subarray(piece.length);
				missing -= piece.length;
				taken += piece.length;
				pieces.push(piece);
			}
			return pieces;
		},
		finish: async () => {
			if (await pull()) throw changedError(source, `it has more than the ${source.bytes} bytes it should have`);
		},
		close: () => {
			isClosed = true;
			giveUp?.(new MasvCancelledError());
			const { destroy } = stream as { destroy?: () => void };
			// A stream that broke tells so while it is read, not when it is ended.
			if (destroy === undefined) void iterator.return?.().catch(() => undefined);
			else destroy.call(stream);
		},
	};
}
