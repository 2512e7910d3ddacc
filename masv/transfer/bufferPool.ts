/** Buffers that are used again, so that memory does not grow with what is transferred. */
export interface BufferPool {
	/** The content is arbitrary. */
	take(): Uint8Array;
	give(buffer: Uint8Array): void;
}

/**
 * Whoever takes limits the number of buffers: it grows to as many as were in use at once.
 * @param bufferBytes the size of each. It may change: buffers of another size are not used again
 */
export function createBufferPool(bufferBytes: () => number): BufferPool {
	let free: Uint8Array[] = [];
	return {
		take: () => {
			const bytes = bufferBytes();
			if (free.length > 0 && free[0]?.length !== bytes) free = [];
			return free.pop() ?? new Uint8Array(bytes);
		},
		give: (buffer) => {
			if (buffer.length === bufferBytes()) free.push(buffer);
		},
	};
}
