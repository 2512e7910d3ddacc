/** Buffers of one size that are used again, so that memory does not grow with what is transferred. */
export interface BufferPool {
	/** The content is arbitrary. */
	take(): Uint8Array;
	give(buffer: Uint8Array): void;
}

/** Whoever takes limits the number of buffers: it grows to as many as were in use at once. */
export function createBufferPool(bufferBytes: number): BufferPool {
	const free: Uint8Array[] = [];
	return {
		take: () => free.pop() ?? new Uint8Array(bufferBytes),
		give: (buffer) => void free.push(buffer),
	};
}
