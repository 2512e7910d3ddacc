import type { Clock } from '../clock';
import { readStallMs, stalledError } from './readFailure';
import type { FileFacts, OpenStream } from './source';
import { openThrough, streamThrough } from './through';

/** The stream, with a limit on the time until it is open, and between a request for a piece and its arrival. */
export async function limitedStream(
	source: FileFacts,
	opening: Promise<OpenStream>,
	clock: Clock,
): Promise<OpenStream> {
	const inTime = async <T>(work: Promise<T>): Promise<T> => {
		const arrived = new AbortController();
		const stalled = clock.sleep(readStallMs, arrived.signal).then(() => {
			throw stalledError(source, 'the store of binary data', readStallMs);
		});
		// It rejects when the work ends in time, too.
		stalled.catch(() => undefined);
		try {
			return await Promise.race([work, stalled]);
		} finally {
			arrived.abort();
		}
	};
	return streamThrough(inTime, await openThrough(inTime, opening));
}
