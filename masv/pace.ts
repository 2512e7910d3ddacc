import { asksToSlowDown } from './answers';
import type { Clock } from './clock';
import { MasvApiError } from './errors';
import { pause } from './pause';
import { sharedByName } from './sharedByName';
import { untilAborted } from './untilAborted';

/** The first pause between two requests to a host that asked for fewer. */
const firstGapMs = 20;
/** Small steps: with larger ones, the rate swings far below what the host permits. */
const slowDown = 1.4;
const speedUp = 0.97;
/** Below it, requests are no longer held back. */
const smallestGapMs = 5;
/**
 * The longest pause, also for `Retry-After`: the call that received it waits as long as its policy permits, but others may have
 * less time, such as a poll of a minute.
 */
const largestGapMs = 5_000;

/**
 * Limits the rate of requests to one host for all calls together, once the host has rejected one for being too frequent. The
 * rate falls with each further rejection and rises with each success.
 */
export interface Pace {
	/**
	 * Resolves when the next request may be sent. @returns undefined if it may be sent now
	 * @throws MasvCancelledError
	 */
	turn(signal?: AbortSignal): Promise<void> | undefined;
	/** @param startedAt when the request was sent, in ms since the epoch */
	succeeded(startedAt: number): void;
	failed(error: unknown, startedAt: number): void;
}

export function createPace(clock: Clock): Pace {
	let gapMs = 0;
	let nextAt = 0;
	let slowedAt = -Infinity;
	let seenAt = -Infinity;
	let waiting = 0;
	let last: Promise<void> = Promise.resolve();

	const leftMs = (): number => {
		const now = clock.now();
		// The clock was set back.
		if (now < Math.max(seenAt, slowedAt)) nextAt = slowedAt = now;
		seenAt = now;
		return nextAt - now;
	};
	/** Only once all before it have been let through: it gets the gap of then, which may have grown or fallen. */
	const wait = async (signal: AbortSignal | undefined): Promise<void> => {
		for (let ms = leftMs(); ms > 0; ms = leftMs()) {
			// Others wait behind this one, and it no longer needs its turn.
			if (signal?.aborted === true) return;
			await pause(clock, ms);
		}
		nextAt = clock.now() + gapMs;
	};
	return {
		turn: (signal) => {
			if (waiting === 0 && leftMs() <= 0) {
				nextAt = clock.now() + gapMs;
				return undefined;
			}
			waiting++;
			last = last.then(async () => await wait(signal)).finally(() => waiting--);
			return untilAborted(signal)(last);
		},
		succeeded: (startedAt) => {
			if (gapMs === 0 || startedAt < slowedAt) return;
			gapMs *= speedUp;
			if (gapMs < smallestGapMs) gapMs = 0;
		},
		failed: (error, startedAt) => {
			if (!asksToSlowDown(error)) return;
			const now = clock.now();
			const holdMs = error instanceof MasvApiError ? (error.retryAfterMs ?? 0) : 0;
			nextAt = Math.max(nextAt, now + Math.min(holdMs, largestGapMs));
			// Requests that were sent before the rate fell say nothing about the rate of now.
			if (startedAt < slowedAt) return;
			slowedAt = now;
			gapMs = Math.min(largestGapMs, Math.max(firstGapMs, gapMs * slowDown));
			nextAt = Math.max(nextAt, now + gapMs);
		},
	};
}

/** The pace of each host. @param url of a request to it */
export type Paces = (url: string) => Pace;

export function createPaces(clock: Clock): Paces {
	const paceOf = sharedByName<Pace>();
	return (url) => {
		const end = url.indexOf('/', 'https://'.length);
		return paceOf(end < 0 ? url : url.slice(0, end), () => createPace(clock));
	};
}
