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

const continueLine = 'HTTP/1.1 100';

/**
 * Removes `100 Continue` responses that nobody has asked for: undici ends the connection, but some proxies send them for
 * every upload, and HTTP requires clients to ignore them (RFC 9110, 15.2).
 */
export function ignoreContinue(socket: Socket): void {
	const read = socket.read.bind(socket);
	socket.read = (size?: number): Buffer | null => {
		for (;;) {
			const piece = read(size) as Buffer | null;
			if (piece === null || piece.length < continueLine.length) return piece;
			const rest = withoutContinue(piece);
			if (rest.length > 0) return rest;
		}
	};
}

function withoutContinue(piece: Buffer): Buffer {
	if (piece.toString('latin1', 0, continueLine.length) !== continueLine) return piece;
	const end = piece.indexOf('\r\n\r\n');
	return end === -1 ? piece : withoutContinue(piece.subarray(end + 4));
}
