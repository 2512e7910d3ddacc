import type { Clock } from '../clock';
import { readStallMs, stalledError } from './readFailure';
import type { FileFacts, OpenStream } from './source';

/** The same stream, with a limit on the time between a request for a piece and its arrival. */
export function limitedStream(source: FileFacts, { pieces, close }: OpenStream, clock: Clock): OpenStream {
	const limited = (iterator: AsyncIterator<Uint8Array, unknown>): AsyncIterator<Uint8Array, unknown> => ({
		next: async () => {
			const arrived = new AbortController();
			const stalled = clock.sleep(readStallMs, arrived.signal).then(() => {
				throw stalledError(source, 'the store of binary data', readStallMs);
			});
			// It rejects when the piece arrives in time, too.
			stalled.catch(() => undefined);
			try {
				return await Promise.race([iterator.next(), stalled]);
			} finally {
				arrived.abort();
			}
		},
		return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
	});
	return { pieces: { [Symbol.asyncIterator]: () => limited(pieces[Symbol.asyncIterator]()) }, close };
}
