import { MasvConnectionError } from '../errors';
import type { BufferPool } from '../transfer/bufferPool';
import { receiveBuffers } from '../transfer/memoryShares';

/** Buffers of one range that are being written while another one is filled. */
const maxWrites = receiveBuffers.perConnection - 1;

/** Collects what arrives of a range in larger buffers, and writes them. */
export interface Collector {
	/** As in `ResponseContent`. */
	take(piece: Uint8Array): Promise<void> | undefined;
	/**
	 * Writes what has been collected, and waits for all writes.
	 * @returns the position up to which everything was written
	 * @throws the error of the first write that failed
	 */
	settle(): Promise<number>;
}

/**
 * @param start position of the first byte
 * @param end no byte may have this position or a later one. Undefined if the end is not known
 * @param write called with buffers in order. It must not use them after it has resolved, but may after it has rejected
 */
export function createCollector(
	pool: BufferPool,
	{ start, end }: { start: number; end: number | undefined },
	operation: string,
	write: (bytes: Uint8Array, position: number) => Promise<void>,
): Collector {
	let position = start;
	let buffer: Uint8Array | undefined;
	let used = 0;
	let failure: { error: unknown } | undefined;
	const writes = new Set<Promise<void>>();
	const flush = (): void => {
		const full = buffer;
		if (full === undefined || used === 0) return;
		const bytes = full.subarray(0, used);
		const writing = write(bytes, position)
			.then(
				() => pool.give(full),
				// A write that was given up may still read its buffer, which must not get other bytes.
				(error: unknown) => void (failure ??= { error }),
			)
			.finally(() => writes.delete(writing));
		writes.add(writing);
		position += used;
		buffer = undefined;
		used = 0;
	};
	const untilRoom = async (): Promise<void> => {
		while (writes.size >= maxWrites) await Promise.race(writes);
		if (failure !== undefined) throw failure.error;
	};
	return {
		take: (piece) => {
			if (failure !== undefined) return untilRoom();
			if (end !== undefined && position + used + piece.length > end) {
				return Promise.reject(tooMuchError(operation));
			}
			for (let at = 0; at < piece.length;) {
				buffer ??= pool.take();
				const bytes = Math.min(buffer.length - used, piece.length - at);
				buffer.set(at === 0 && bytes === piece.length ? piece : piece.subarray(at, at + bytes), used);
				used += bytes;
				at += bytes;
				if (used === buffer.length) flush();
			}
			return writes.size >= maxWrites ? untilRoom() : undefined;
		},
		settle: async () => {
			flush();
			if (buffer !== undefined) pool.give(buffer);
			buffer = undefined;
			await Promise.all(writes);
			if (failure !== undefined) throw failure.error;
			return position;
		},
	};
}

/** More arrived than was requested, by whichever way it is written. */
export function tooMuchError(operation: string): MasvConnectionError {
	const message = `Could not ${operation}. The storage sent more than was requested`;
	return new MasvConnectionError(message, { code: 'response_malformed' });
}
