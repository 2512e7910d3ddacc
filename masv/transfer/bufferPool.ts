/** Buffers that are used again, so that memory does not grow with what is transferred. */
export interface BufferPool {
	/** The size of each, as of now. */
	readonly bufferBytes: number;
	/** The content is arbitrary. */
	take(): Uint8Array;
	give(buffer: Uint8Array): void;
}

/**
 * Whoever takes limits the number of buffers: it grows to as many as were in use at once.
 * @param bufferBytes the size of each. It may change: memory is divided again as it is given back, because what is left to the garbage
 * collector comes on top of the new buffers for a long time
 */
export function createBufferPool(bufferBytes: () => number): BufferPool {
	return new CutBuffers(bufferBytes);
}

/** Memory that is cut into buffers of one size at a time. */
interface Slab {
	whole: Uint8Array;
	/** How many of its buffers are in use. */
	used: number;
	/** Whether the size has changed since it was cut, so that it is divided again once none of its buffers is in use. */
	isOutdated: boolean;
}

class CutBuffers implements BufferPool {
	readonly #bufferBytes: () => number;
	#bytes = 0;
	/** Buffers of the present size. */
	#free: Uint8Array[] = [];
	/** To be cut. */
	#uncut: Slab[] = [];
	/** By their memory. A buffer that is never given back must not keep it. */
	readonly #slabs = new WeakMap<ArrayBufferLike, Slab>();

	constructor(bufferBytes: () => number) {
		this.#bufferBytes = bufferBytes;
	}

	get bufferBytes(): number {
		return this.#bufferBytes();
	}

	take(): Uint8Array {
		this.#followSize();
		const buffer = this.#free.pop() ?? this.#cut();
		const slab = this.#slabs.get(buffer.buffer);
		if (slab !== undefined) slab.used++;
		return buffer;
	}

	give(buffer: Uint8Array): void {
		this.#followSize();
		const slab = this.#slabs.get(buffer.buffer);
		if (slab === undefined) return;
		slab.used--;
		slab.isOutdated ||= buffer.length !== this.#bytes;
		if (!slab.isOutdated) this.#free.push(buffer);
		else if (slab.used === 0) this.#uncut.push(slab);
	}

	#followSize(): void {
		const bytes = this.#bufferBytes();
		if (bytes === this.#bytes) return;
		this.#bytes = bytes;
		for (const { buffer } of this.#free) {
			const slab = this.#slabs.get(buffer);
			if (slab === undefined || slab.isOutdated) continue;
			slab.isOutdated = true;
			if (slab.used === 0) this.#uncut.push(slab);
		}
		this.#free = [];
	}

	/** @returns one of the new buffers */
	#cut(): Uint8Array {
		const bytes = this.#bytes;
		let slab = this.#uncut.pop();
		while (slab !== undefined && slab.whole.length < bytes) slab = this.#uncut.pop();
		slab ??= this.#createSlab();
		slab.isOutdated = false;
		for (let end = bytes; end + bytes <= slab.whole.length; end += bytes)
			this.#free.push(slab.whole.subarray(end, end + bytes));
		return slab.whole.subarray(0, bytes);
	}

	#createSlab(): Slab {
		const slab = { whole: new Uint8Array(this.#bytes), used: 0, isOutdated: false };
		this.#slabs.set(slab.whole.buffer, slab);
		return slab;
	}
}
