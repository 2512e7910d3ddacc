/** Above the high-water mark of any socket, see {@link readRange}. */
export const pieceBytes = 512 * 1024;

/** Two reusable buffers for one part in flight. */
export interface Slot {
	buffers: [Uint8Array, Uint8Array];
	/** The last read into one of them. */
	reading: Promise<unknown>;
}

/**
 * One slot per part in flight, so that memory does not grow with the size of files and parts. Buffers are created on first
 * use and then kept.
 */
export function createSlots(count: number): { take(): Slot; give(slot: Slot): void } {
	const free: Slot[] = [];
	let created = 0;
	return {
		take: () => {
			const slot = free.pop();
			if (slot !== undefined) return slot;
			if (created === count) throw new Error(`More than ${count} parts are in flight`);
			created++;
			return {
				buffers: [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)],
				reading: Promise.resolve(),
			};
		},
		give: (slot) => void free.push(slot),
	};
}
