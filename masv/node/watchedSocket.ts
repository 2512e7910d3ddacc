import type { Socket } from 'node:net';

/** The peer takes nothing of what is to be sent. */
class SendingStalled extends Error {
	readonly code = 'ERR_SENDING_STALLED';
}

/**
 * Ends a connection whose peer has taken nothing for `stallMs` while there was something to send. Node counts what the
 * kernel takes, even of a single large write, so that a slow line is no stall. Waiting for a response is not this function's
 * concern.
 */
export function endWhenStalled(socket: Socket, stallMs: number): void {
	socket.setTimeout(stallMs);
	// Not the callback of setTimeout, which is called only once: a connection that was idle may stall later.
	socket.on('timeout', () => {
		if (socket.writableLength > 0) socket.destroy(new SendingStalled());
	});
}

const continueLine = /^HTTP\/1\.[01] 100[ \r]/;
const statusAt = 'HTTP/1.1 '.length;
const digit1 = '1'.charCodeAt(0);
const longestBeginning = 'HTTP/1.1 100 '.length;
/** More than any proxy sends with it. */
const longestContinue = 16 * 1024;

/**
 * Removes `100 Continue` responses that nobody has asked for: undici ends the connection, but some proxies send them for
 * every upload, and HTTP requires clients to ignore them (RFC 9110, 15.2). They may arrive in pieces. Only what precedes
 * the response to a request is looked at: a body may contain the same text.
 */
export function ignoreContinue(socket: Socket): void {
	let isExpected = true;
	let held: Buffer = Buffer.alloc(0);
	const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
	socket.write = (...args: unknown[]) => {
		// undici writes the head of a request as text, and its body as bytes.
		if (typeof args[0] === 'string') isExpected = true;
		return write(...args);
	};
	const read = socket.read.bind(socket);
	socket.read = (size?: number): Buffer | null => {
		for (;;) {
			const piece = read(size) as Buffer | null;
			if (piece === null || !isExpected) return piece;
			const rest = withoutContinue(held.length === 0 ? piece : Buffer.concat([held, piece]));
			held = Buffer.alloc(0);
			if (rest.length === 0) continue;
			if (mayBeContinue(rest)) held = rest;
			else {
				isExpected = false;
				return rest;
			}
		}
	};
}

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
