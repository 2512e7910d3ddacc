import type { Socket } from 'node:net';

/**
 * Removes `100 Continue` responses that nobody has asked for: undici ends the connection, but some proxies send them for
 * every upload, and HTTP requires clients to ignore them (RFC 9110, 15.2). They may arrive in pieces. Only what precedes
 * the response to a request is looked at: a body may contain the same text.
 */
export function ignoreContinue(socket: FilteredSocket): void {
	// The tunnel to a server without TLS belongs to two pools.
	if (socket[filter] !== undefined) return;
	socket[filter] = new Filter(socket as unknown as Original);
	// Not functions of this socket alone: V8 compiles into their callers what all sockets have in common.
	socket.write = write;
	socket.read = read;
}

const filter = Symbol('100 Continue');

interface FilteredSocket extends Socket {
	[filter]?: Filter;
}

type Write = (this: Socket, data: unknown, encoding?: unknown, callback?: unknown) => boolean;
type Read = (this: Socket, size?: number) => Buffer | null;

/** What a socket had before. */
interface Original {
	write: Write;
	read: Read;
}

const nothing: Buffer = Buffer.alloc(0);

class Filter {
	/** Whether what comes next is, or may be, the beginning of a response. */
	isExpected = true;
	/** What may be the beginning of a `100 Continue`. */
	held: Buffer = nothing;
	readonly write: Write;
	readonly read: Read;

	constructor({ write, read }: Original) {
		this.write = write;
		this.read = read;
	}
}

function write(this: FilteredSocket, data: unknown, encoding?: unknown, callback?: unknown): boolean {
	const known = this[filter] as Filter;
	// undici writes the head of a request as text, and its body as bytes.
	if (typeof data === 'string') known.isExpected = true;
	return known.write.call(this, data, encoding, callback);
}

function read(this: FilteredSocket, size?: number): Buffer | null {
	const known = this[filter] as Filter;
	for (;;) {
		const piece = known.read.call(this, size);
		if (piece === null || !known.isExpected) return piece;
		const rest = withoutContinue(known.held.length === 0 ? piece : Buffer.concat([known.held, piece]));
		known.held = nothing;
		if (rest.length === 0) continue;
		if (mayBeContinue(rest)) known.held = rest;
		else {
			known.isExpected = false;
			return rest;
		}
	}
}

const continueLine = /^HTTP\/1\.[01] 100[ \r]/;
const statusAt = 'HTTP/1.1 '.length;
const digit1 = '1'.charCodeAt(0);
const longestBeginning = 'HTTP/1.1 100 '.length;
/** More than any proxy sends with it. */
const longestContinue = 16 * 1024;

function withoutContinue(bytes: Buffer): Buffer {
	// Nearly every response: a final status, which begins with another digit than 1. Looking at a byte is much faster.
	if (bytes.length > statusAt && bytes[statusAt] !== digit1) return bytes;
	if (!continueLine.test(bytes.toString('latin1', 0, longestBeginning))) return bytes;
	const end = bytes.indexOf('\r\n\r\n');
	return end === -1 ? bytes : withoutContinue(bytes.subarray(end + 4));
}

/** Whether this is the beginning of one. */
function mayBeContinue(bytes: Buffer): boolean {
	if (bytes.length > statusAt && bytes[statusAt] !== digit1) return false;
	if (bytes.length > longestContinue) return false;
	const beginning = bytes.toString('latin1', 0, longestBeginning);
	const whole = `${beginning}${'HTTP/1.1 100 '.slice(beginning.length)}`;
	return continueLine.test(whole);
}
