import type { Place } from '../transfer/places';
import { toWriteError, writeStalledError } from '../transfer/writeFailure';
import type { Timer } from './callLimit';
import { StalledCall, withCallLimit } from './callLimit';

/** How long to wait for each call. A disk that writes back what it has cached may be busy for a while. */
const writeStallMs = 2 * 60_000;
/**
 * How long to wait until a file is safe. The system may have cached a fifth of its memory, and a disk that is slower than the line
 * takes minutes to write that.
 */
export const syncStallMs = 15 * 60_000;

export interface StallOptions {
	/** What tests replace. */
	stallMs?: number;
	timer?: Timer;
}

/** Waits for a call. */
export type Explained = <T>(work: Promise<T>) => Promise<T>;

/**
 * Waits for calls about one place as long as for any, and explains their failures. A call that has not returned in time is still
 * running.
 */
export function explainWrites(place: Place, { stallMs = writeStallMs, timer }: StallOptions): Explained {
	const explain = (error: unknown): never => {
		throw error instanceof StalledCall ? writeStalledError(place, stallMs) : toWriteError(place, error);
	};
	return (work) => withCallLimit(work, stallMs, timer).catch(explain);
}

/** The same for what is opened. What opens after all, when nobody waits for it any more, is closed. */
export async function explainOpening<T extends { close(): unknown } | undefined>(
	explained: Explained,
	opening: Promise<T>,
): Promise<T> {
	return await explained(opening).catch((error: unknown) => {
		void opening.then((late) => late?.close()).catch(() => undefined);
		throw error;
	});
}
