/** Yields each text in the same memory, as whoever uses the memory of a piece again when the next one is asked for. */
export async function* reusedMemory(...texts: string[]): AsyncGenerator<Uint8Array> {
	const memory = Buffer.alloc(Math.max(...texts.map((text) => text.length)));
	for (const text of texts) yield await Promise.resolve(memory.subarray(0, memory.write(text)));
}
