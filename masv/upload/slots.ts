/** Large enough that a socket takes it only whole, see {@link readRange}. */
export const pieceBytes = 512 * 1024;

/** The two buffers of one part in flight, used again and again. */
export interface Slot {
	buffers: [Uint8Array, Uint8Array];
	/** The last read that was begun into one of them. */
	reading: Promise<unknown>;
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
