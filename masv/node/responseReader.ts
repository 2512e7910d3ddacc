import { MasvConnectionError } from '../errors';
import type { ResponseHead, TransportRequest, TransportResponse } from '../transport';
import { ChunkedText } from './chunkedText';
import { HttpFailure } from './httpFailure';
import type { ParsedHead } from './responseHead';
import { malformed, maxHeadBytes, parseHead } from './responseHead';

/** The content does not come in a form that this reader knows: undici has to ask for it. */
export class NotPlain extends Error {
	override name = 'NotPlain';
}

/** Whether the bytes that arrive are the bytes of the content, and how many there are. */
export function isPlain({ headers }: ResponseHead): boolean {
	const coding = headers['content-encoding'];
	const isCoded = coding !== undefined && String(coding).toLowerCase() !== 'identity';
	return !isCoded && headers['transfer-encoding'] === undefined && headers['content-length'] !== undefined;
}

/**
 * Reads one HTTP/1.1 response from pieces of any size. Knows just enough for the storage: content that is taken must be
 * {@link isPlain}; of other bodies, the text is read. `push` and `end` throw what `content` throws, NotPlain, and errors that
 * `toConnectionError` knows.
 */
export class ResponseReader {
	/** Undefined until the response is complete. */
	response: TransportResponse | undefined;
	/** Whether the next request may use the same connection. Known when the response is complete. */
	keepsAlive = false;

	readonly #request: TransportRequest;
	#head: ParsedHead | undefined;
	/** Of the heads of informational responses, which precede the response. */
	#informationalBytes = 0;
	#isTaken = false;
	/** Of the content: still to come. */
	#missing = 0;
	/** The head, or the raw body of a text, as far as it has arrived. */
	#raw: Buffer[] = [];
	readonly #chunked = new ChunkedText();

	constructor(request: TransportRequest) {
		this.#request = request;
	}

	/** Of the response that has begun. */
	get status(): number | undefined {
		return this.#head?.status;
	}

	/**
	 * @param piece copied where it is kept
	 * @returns a promise if the next piece must wait for it
	 */
	push(piece: Buffer): Promise<void> | undefined {
		// Nearly all pieces.
		if (piece.length < this.#missing) {
			this.#missing -= piece.length;
			return this.#request.content?.take(piece);
		}
		if (this.response !== undefined) return this.#endsConnection();
		if (this.#isTaken) return this.#take(piece);
		if (this.#head !== undefined) {
			this.#raw.push(Buffer.from(piece));
			return this.#readText(this.#head);
		}
		// Mostly, all of the head arrives with the first piece, and often all of a small file with it.
		return this.#readHead(this.#raw.length === 0 ? piece : Buffer.concat([...this.#raw, piece]));
	}

	/** The server has ended the connection. */
	end(): void {
		if (this.response !== undefined) return;
		if (this.#head?.body.kind !== 'end') throw new HttpFailure('UND_ERR_SOCKET');
		this.#complete(this.#head, Buffer.concat(this.#raw));
	}

	/** @param raw copied where it is kept */
	#readHead(raw: Buffer): Promise<void> | undefined {
		const end = raw.indexOf('\r\n\r\n');
		if (end > maxHeadBytes || (end === -1 && raw.length > maxHeadBytes))
			throw new HttpFailure('UND_ERR_HEADERS_OVERFLOW');
		if (end === -1) {
			if (!raw.subarray(0, 5).equals(Buffer.from('HTTP/').subarray(0, raw.length))) throw malformed('the beginning');
			this.#raw = [Buffer.from(raw)];
			return undefined;
		}
		const head = parseHead(raw.toString('latin1', 0, end));
		const rest = raw.subarray(end + 4);
		this.#raw = [];
		// Informational responses such as 103 precede the final response. Without a limit, they could go on for ever.
		if (head.status < 200) {
			this.#informationalBytes += end;
			if (this.#informationalBytes > maxHeadBytes) throw new HttpFailure('UND_ERR_HEADERS_OVERFLOW');
			return rest.length > 0 ? this.push(rest) : undefined;
		}
		this.#head = head;
		const { status, headers } = head;
		this.#isTaken = this.#request.content?.takes({ status, headers }) ?? false;
		if (this.#isTaken) {
			if (!isPlain(head) || head.body.kind !== 'length') throw new NotPlain();
			this.#missing = head.body.bytes;
			return this.#take(rest);
		}
		this.#raw = [Buffer.from(rest)];
		return this.#readText(head);
	}

	#take(piece: Buffer): Promise<void> | undefined {
		const taken = piece.length > this.#missing ? piece.subarray(0, this.#missing) : piece;
		this.#missing -= taken.length;
		const pause = taken.length > 0 ? this.#request.content?.take(taken) : undefined;
		if (this.#missing > 0) return pause;
		const complete = (): void => {
			this.#complete(this.#head as ParsedHead);
			if (taken.length < piece.length) this.#endsConnection();
		};
		if (pause === undefined) return void complete();
		// What was not written is not complete.
		return pause.then(complete);
	}

	#readText({ body, ...head }: ParsedHead): undefined {
		const raw = this.#all();
		const end = this.#endIn(raw, body);
		const { operation, maxResponseBytes } = this.#request;
		const bytes = body.kind === 'chunked' ? this.#chunked.bytes : Math.min(raw.length, end ?? Infinity);
		// What is around the text in chunks has no length of its own.
		if (bytes > maxResponseBytes || raw.length > maxResponseBytes + maxHeadBytes)
			throw tooLong(operation, maxResponseBytes);
		if (end === undefined) return;
		this.#complete(head, body.kind === 'chunked' ? this.#chunked.textIn(raw) : raw.subarray(0, end));
		if (raw.length > end) this.#endsConnection();
	}

	/** Where a text ends in what has arrived. */
	#endIn(raw: Buffer, body: ParsedHead['body']): number | undefined {
		if (body.kind === 'chunked') return this.#chunked.read(raw);
		return body.kind === 'length' && raw.length >= body.bytes ? body.bytes : undefined;
	}

	/** What arrives after the response belongs to nothing that was asked for. */
	#endsConnection(): undefined {
		this.keepsAlive = false;
	}

	#all(): Buffer {
		if (this.#raw.length > 1) this.#raw = [Buffer.concat(this.#raw)];
		return this.#raw[0] ?? Buffer.alloc(0);
	}

	#complete({ status, headers, keepsAlive }: Omit<ParsedHead, 'body'>, body?: Buffer): void {
		this.keepsAlive = keepsAlive;
		this.response = { status, headers, text: body === undefined ? '' : utf8.decode(body) };
	}
}

const utf8 = new TextDecoder();

function tooLong(operation: string, maxResponseBytes: number): MasvConnectionError {
	const message = `Could not ${operation}. The response exceeds the limit of ${maxResponseBytes} bytes`;
	return new MasvConnectionError(message, { code: 'response_too_long', transient: false });
}
