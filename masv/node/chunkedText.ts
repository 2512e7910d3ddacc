import { malformed } from './responseHead';

/**
 * Decodes a chunked body (RFC 9112, 7.1) as it arrives. Only for texts, which are short. What was decoded before is not decoded again:
 * it may come byte by byte, in chunks of one byte.
 */
export class ChunkedText {
	/** Of the text that has arrived. */
	bytes = 0;

	/** Those that are complete, and how many bytes these are. */
	readonly #chunks: Array<readonly [start: number, end: number]> = [];
	#chunkBytes = 0;
	/** Where the next line begins. */
	#at = 0;
	#isInTrailers = false;

	/**
	 * @param raw all that has arrived
	 * @returns where the body ends; undefined as long as it is not complete
	 * @throws InvalidResponse
	 */
	read(raw: Buffer): number | undefined {
		for (let line = lineAt(raw, this.#at); line !== undefined; line = lineAt(raw, this.#at)) {
			if (this.#isInTrailers) {
				if (line.text === '') return line.end;
				this.#at = line.end;
				continue;
			}
			const digits = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line.text)?.[1];
			if (digits === undefined) throw malformed('the size of a chunk');
			const bytes = parseInt(digits, 16);
			const end = line.end + bytes;
			if (bytes === 0) {
				this.#isInTrailers = true;
				this.#at = line.end;
				continue;
			}
			this.bytes = this.#chunkBytes + Math.min(bytes, raw.length - line.end);
			if (raw.length < end + 2) return undefined;
			if (raw.toString('latin1', end, end + 2) !== '\r\n') throw malformed('the end of a chunk');
			this.#chunks.push([line.end, end]);
			this.#chunkBytes += bytes;
			this.#at = end + 2;
		}
		return undefined;
	}

	textIn(raw: Buffer): Buffer {
		return Buffer.concat(this.#chunks.map(([start, end]) => raw.subarray(start, end)));
	}
}

function lineAt(raw: Buffer, start: number): { text: string; end: number } | undefined {
	const end = raw.indexOf('\r\n', start);
	return end === -1 ? undefined : { text: raw.toString('latin1', start, end), end: end + 2 };
}
