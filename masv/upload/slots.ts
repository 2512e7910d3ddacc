import type { Clock } from '../clock';
import { sendBuffers } from '../transfer/memoryShares';
import type { PieceLimits, PieceSize } from './pieceSize';
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

export interface Slots {
	take(): Slot;
	give(slot: Slot): void;
}

/** New buffers are filled with zeros, which takes memory at once: small files, of which there are thousands, get small ones. */
const smallBufferBytes = 64 * 1024;

class TwoBuffers implements Slot {
	readonly piece: PieceSize;
	reading: Promise<unknown> = Promise.resolve();
	isReading = false;
	readonly #limits: PieceLimits;
	#buffers = noBuffers();

	constructor(clock: Pick<Clock, 'now'>, limits: PieceLimits) {
		this.piece = createPieceSize(clock, limits);
		this.#limits = limits;
	}

	buffer(index: 0 | 1, length: number): Uint8Array {
		const known = this.#buffers[index];
		// At least what is asked for: it may have fallen since.
		// Twice as long as needed: a connection whose rate varies would otherwise get new ones again and again.
		const longest = Math.max(length, Math.min(this.#limits.bufferBytes, 2 * this.piece.bytes));
		if (known.length >= length && known.length <= longest) return known.subarray(0, length);
		const grown = new Uint8Array(length <= smallBufferBytes ? smallBufferBytes : Math.max(this.piece.bytes, length));
		this.#buffers[index] = grown;
		return grown.subarray(0, length);
	}

	abandon(): void {
		this.#buffers = noBuffers();
		this.isReading = false;
	}
}

function noBuffers(): [Uint8Array, Uint8Array] {
	return [new Uint8Array(0), new Uint8Array(0)];
}

interface SlotLimits extends PieceLimits {
	/** How many parts there may be now. */
	readonly connections: number;
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
	now: SlotLimits = { connections: count, bufferBytes: pieceBytes },
): Slots {
	return new ReusedSlots(count, clock, now);
}

class ReusedSlots implements Slots {
	readonly #count: number;
	readonly #clock: Pick<Clock, 'now'>;
	readonly #now: SlotLimits;
	readonly #free: Slot[] = [];
	#created = 0;

	constructor(count: number, clock: Pick<Clock, 'now'>, now: SlotLimits) {
		this.#count = count;
		this.#clock = clock;
		this.#now = now;
	}

	take(): Slot {
		const slot = this.#free.pop();
		if (slot !== undefined) return slot;
		if (this.#created === this.#count) throw new Error(`More than ${this.#count} parts are in flight`);
		this.#created++;
		return new TwoBuffers(this.#clock, this.#now);
	}

	give(slot: Slot): void {
		// Waiting for the read of a network drive that hangs would keep the run from ending.
		if (slot.isReading) slot.abandon();
		slot.reading = Promise.resolve();
		if (this.#created > this.#now.connections) this.#created--;
		else this.#free.push(slot);
	}
}
