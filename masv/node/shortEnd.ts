/** Less than the high-water mark of a socket that undici opens for TLS, 16 KiB: it does not wait until less is sent. */
const endBytes = 8 * 1024;

/**
 * The same body, whose last bytes are a piece of their own. After each longer piece, undici waits until the socket has sent it,
 * and only then asks for more and learns that the body has ended. Over TLS, that takes a turn of the event loop, and undici closes
 * the connection of a response that comes before: on a fast line, that would be every fifth part.
 * @param bytes exact length of the body
 */
export function withShortEnd(body: AsyncIterable<Uint8Array>, bytes: number): AsyncIterable<Uint8Array> {
	return new ShortEnd(body[Symbol.asyncIterator](), bytes);
}

class ShortEnd implements AsyncIterableIterator<Uint8Array> {
	readonly #pieces: AsyncIterator<Uint8Array>;
	/** Bytes that have not come yet. */
	#left: number;
	#end: Uint8Array | undefined;

	constructor(pieces: AsyncIterator<Uint8Array>, bytes: number) {
		this.#pieces = pieces;
		this.#left = bytes;
	}

	async next(): Promise<IteratorResult<Uint8Array>> {
		const end = this.#end;
		this.#end = undefined;
		if (end !== undefined) return { done: false, value: end };
		const next = await this.#pieces.next();
		if (next.done === true) return next;
		const { value } = next;
		this.#left -= value.length;
		if (this.#left > 0 || value.length <= endBytes) return next;
		this.#end = value.subarray(-endBytes);
		return { done: false, value: value.subarray(0, -endBytes) };
	}

	async return(): Promise<IteratorResult<Uint8Array>> {
		return (await this.#pieces.return?.()) ?? { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): this {
		return this;
	}
}
