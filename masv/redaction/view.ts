/**
 * One way to read a text: its bytes in UTF-8, one character per byte, and for each byte the range of the original text that
 * it was read from. Positions in a view can so be led back to the original text, however the view was decoded.
 */
export interface View {
	bytes: string;
	/** First character of the original text, by byte. */
	starts: Uint32Array;
	/** Character after the last one, by byte. */
	ends: Uint32Array;
}

/** How many bytes become a string at once: arguments of a call are limited. */
const stringBytes = 8_192;

/** Collects the bytes of a view. */
export class ViewBuilder {
	readonly #bytes: Uint8Array;
	readonly #starts: Uint32Array;
	readonly #ends: Uint32Array;
	#length = 0;

	/** @param capacity maximum number of bytes */
	constructor(capacity: number) {
		this.#bytes = new Uint8Array(capacity);
		this.#starts = new Uint32Array(capacity);
		this.#ends = new Uint32Array(capacity);
	}

	addByte(byte: number, start: number, end: number): void {
		this.#bytes[this.#length] = byte;
		this.#starts[this.#length] = start;
		this.#ends[this.#length] = end;
		this.#length++;
	}

	copy({ bytes, starts, ends }: View, from: number, to: number): void {
		for (let at = from; at < to; at++) {
			this.addByte(bytes.charCodeAt(at), starts[at] as number, ends[at] as number);
		}
	}

	/** In UTF-8. Half of a surrogate pair is written like any other code point. */
	addCodePoint(code: number, start: number, end: number): void {
		if (code < 0x80) return this.addByte(code, start, end);
		if (code < 0x800) this.addByte(0xc0 | (code >> 6), start, end);
		else {
			if (code < 0x10000) this.addByte(0xe0 | (code >> 12), start, end);
			else {
				this.addByte(0xf0 | (code >> 18), start, end);
				this.addByte(0x80 | ((code >> 12) & 0x3f), start, end);
			}
			this.addByte(0x80 | ((code >> 6) & 0x3f), start, end);
		}
		this.addByte(0x80 | (code & 0x3f), start, end);
	}

	build(): View {
		const length = this.#length;
		let bytes = '';
		for (let at = 0; at < length; at += stringBytes) {
			bytes += String.fromCharCode(...this.#bytes.subarray(at, Math.min(at + stringBytes, length)));
		}
		return { bytes, starts: this.#starts.subarray(0, length), ends: this.#ends.subarray(0, length) };
	}
}

/** The text as it is. */
export function plainView(text: string): View {
	const builder = new ViewBuilder(text.length * 3);
	for (let at = 0; at < text.length; at++) {
		const code = text.codePointAt(at) as number;
		const start = at;
		if (code > 0xffff) at++;
		builder.addCodePoint(code, start, at + 1);
	}
	return builder.build();
}
