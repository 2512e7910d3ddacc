import type { Clock } from '../clock';
import { sendBuffers } from '../transfer/memoryShares';
import type { PieceSize } from './pieceSize';
import { createPieceSize } from './pieceSize';

/** The most that is read at a time. */
export const pieceBytes = sendBuffers.largestBytes;

/** Two reusable buffers for one part in flight. */
export interface Slot {
	/** How much to read at a time, at most {@link pieceBytes}. */
	readonly piece: PieceSize;
	/** The first `length` bytes of one of the buffers. */
	buffer(index: 0 | 1, length: number): Uint8Array;
	/** The last read into one of them. Resolves to its error, if it fails. */
	reading: Promise<unknown>;
	/** Whether it has not ended yet. */
	isReading: boolean;
	/** Leaves the buffers to the read that may still write into them, and gets others. */
	abandon(): void;
}

/** New buffers are filled with zeros, which takes memory at once: small files, of which there are thousands, get small ones. */
const smallBufferBytes = 64 * 1024;

function createSlot(piece: PieceSize, mostBytes: () => number): Slot {
	let buffers = [new Uint8Array(0), new Uint8Array(0)];
	const slot: Slot = {
		piece,
		buffer: (index, length) => {
			const known = buffers[index] as Uint8Array;
			// At least what is asked for: it may have fallen since.
			// Twice as long as needed: a connection whose rate varies would otherwise get new ones again and again.
			const longest = Math.max(length, Math.min(mostBytes(), 2 * piece.bytes));
			if (known.length >= length && known.length <= longest) return known.subarray(0, length);
			const grown = new Uint8Array(length <= smallBufferBytes ? smallBufferBytes : Math.max(piece.bytes, length));
			buffers[index] = grown;
			return grown.subarray(0, length);
		},
		reading: Promise.resolve(),
		isReading: false,
		abandon: () => {
			buffers = [new Uint8Array(0), new Uint8Array(0)];
			slot.isReading = false;
		},
	};
	return slot;
}

/**
 * One slot per part in flight, so that memory does not grow with the size of files and parts. Buffers are created on first
 * use and then kept, as long as there may be as many parts in flight.
 * @param count the most there can be
 * @param now how many there may be now, and how long a buffer may be. Both fall when other uploads begin, which need buffers of
 * their own, and buffers become shorter as parts in flight become more
 */
export function createSlots(
	count: number,
	clock: Pick<Clock, 'now'>,
	now: { readonly connections: number; readonly bufferBytes: number } = {
		connections: count,
		bufferBytes: pieceBytes,
	},
): { take(): Slot; give(slot: Slot): void } {
	const free: Slot[] = [];
	let created = 0;
	const mostBytes = (): number => now.bufferBytes;
	return {
		take: () => {
			const slot = free.pop();
			if (slot !== undefined) return slot;
			if (created === count) throw new Error(`More than ${count} parts are in flight`);
			created++;
			return createSlot(createPieceSize(clock, mostBytes), mostBytes);
		},
		give: (slot) => {
			// Waiting for the read of a network drive that hangs would keep the run from ending.
			if (slot.isReading) slot.abandon();
			slot.reading = Promise.resolve();
			if (created > now.connections) created--;
			else free.push(slot);
		},
	};
}
