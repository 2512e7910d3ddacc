import type { Socket } from 'node:net';

import { queuedBytes } from './sendQueue';

/** The peer takes nothing of what is to be sent. */
class SendingStalled extends Error {
	readonly code = 'ERR_SENDING_STALLED';
}

/** The part of a socket that is used. */
export interface WatchedSocket extends Pick<Socket, 'writableLength' | 'localPort' | 'remotePort'> {
	setTimeout(ms: number): unknown;
	on(event: 'timeout' | 'close', listener: () => void): unknown;
	destroy(reason: Error): unknown;
}

/**
 * Ends a connection whose peer has taken nothing for `stallMs` while there was something to send. Node counts what the
 * kernel takes, even of a single large write. But the kernel keeps megabytes, and takes more only when a third of them is gone:
 * on a slow line, or behind a slow gateway, that can take minutes. Where the system tells how much it still has to send, that
 * counts, too. Waiting for a response is not this function's concern.
 *
 * Node starts the timer of a socket anew at each read and write, which takes a tenth of the time of small files. So a socket has one
 * only after something to send was seen in it, and it may take a quarter of `stallMs` longer until its connection is ended.
 */
export function endWhenStalled(
	socket: WatchedSocket,
	stallMs: number,
	queued: (socket: WatchedSocket) => Promise<number | undefined> = queuedBytes,
	now: () => number = () => performance.now(),
): void {
	const lookEveryMs = stallMs / 2;
	let last: { at: number; bytes: number | undefined; stillSince: number } | undefined;
	const look = async (): Promise<void> => {
		const bytes = await queued(socket);
		if (socket.writableLength === 0) return;
		const at = now();
		// Node lets a period pass without a timeout when the kernel has taken something in it.
		const before = last !== undefined && at - last.at < 1.5 * lookEveryMs ? last : undefined;
		const hasMoved = bytes !== undefined && before?.bytes !== undefined && bytes < before.bytes;
		const stillSince = hasMoved ? at : (before?.stillSince ?? at - lookEveryMs);
		if (at - stillSince >= stallMs) return void socket.destroy(new SendingStalled());
		last = { at, bytes, stillSince };
		socket.setTimeout(lookEveryMs);
	};
	// Not the callback of setTimeout, which is called only once: a connection that was idle may stall later.
	socket.on('timeout', () => {
		if (socket.writableLength > 0) void look();
	});
	let isTimed = false;
	const watch = setInterval(() => {
		if (socket.writableLength > 0 === isTimed) return;
		isTimed = !isTimed;
		socket.setTimeout(isTimed ? lookEveryMs : 0);
	}, stallMs / 4);
	watch.unref();
	socket.on('close', () => clearInterval(watch));
}
