import { MasvApiError, throwIfCancelled } from './errors';
import type { Clock } from './clock';
import { isTransient } from './answers';
import { pause } from './pause';

/** How long to keep retrying. All times in milliseconds. */
export interface RetryPolicy {
	/** Maximum of the first wait; doubles with each attempt. */
	baseDelayMs: number;
	maxDelayMs: number;
	/** The retry budget: waits plus the time of failed attempts, each of which counts for at most a minute. */
	patienceMs: number;
}

const minute = 60_000;

/** For everything from the first byte to the finalized package: a failure would waste what has been uploaded. */
export const fifteenMinutesOfOutage: RetryPolicy = { baseDelayMs: 500, maxDelayMs: 30_000, patienceMs: 15 * minute };

/** For calls before a transfer: a failure wastes nothing, and a mistyped URL should be reported soon. */
export const halfAMinuteOfOutage: RetryPolicy = { baseDelayMs: 300, maxDelayMs: 8_000, patienceMs: minute / 2 };

/**
 * For the activation of a trigger: the caller may have about 80 s for several attempts and the cleanup after each. A
 * longer outage must fail while there is time to report the reason.
 */
export const fiveSecondsOfOutage: RetryPolicy = { baseDelayMs: 300, maxDelayMs: 2_000, patienceMs: 5_000 };

/** For lists and tests in the editor, where a person is waiting. */
export const noRetry: RetryPolicy = { baseDelayMs: 0, maxDelayMs: 0, patienceMs: 0 };

/**
 * For a request that MASV is still working on, such as assembling a file of many parts. Independent of the policy for
 * outages: waiting for work that goes on is no outage.
 */
export const fifteenMinutesOfWork: RetryPolicy = { baseDelayMs: 1_000, maxDelayMs: 15_000, patienceMs: 15 * minute };

/** For a list that may be behind by a moment. At most as long as an outage may last. */
export function minuteOfLag({ patienceMs }: RetryPolicy): RetryPolicy {
	return { baseDelayMs: 500, maxDelayMs: 5_000, patienceMs: Math.min(patienceMs, minute) };
}

/** {@link fifteenMinutesOfOutage} with another retry budget. */
export function outageOf(patienceMs: number): RetryPolicy {
	return { ...fifteenMinutesOfOutage, patienceMs };
}

export interface RetryOptions {
	policy: RetryPolicy;
	clock: Clock;
	signal?: AbortSignal;
	/** Called before each wait. `attempt` counts from 1. */
	onRetry?: (error: unknown, attempt: number) => void;
	isTransient?: (error: unknown) => boolean;
	/** What has been used of the retry budget. Loops that share it, one within the other, have one budget together. */
	spent?: Spent;
	/**
	 * When the task has last got farther than any attempt before, by the clock: a failed attempt counts from then on. Default: from its
	 * beginning.
	 */
	advancedAt?: () => number;
}

/** Waits and failed attempts in milliseconds. A deadline would end with the first jump of the clock. */
export interface Spent {
	ms: number;
}

/**
 * Runs the task until it succeeds, fails permanently, or the policy's retry budget is used up. Waits with exponential
 * backoff and full jitter, but at least as long as the server's `Retry-After`. A `Retry-After` beyond the budget is no
 * failure yet: the task runs once more when the budget is used up.
 */
export async function retry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
	const { policy, clock, signal, onRetry, isTransient: shouldRetry = isTransient, spent = { ms: 0 } } = options;
	const { advancedAt = () => -Infinity } = options;
	for (let attempt = 1; ; attempt++) {
		throwIfCancelled(signal);
		const startedAt = clock.now();
		try {
			return await task(attempt);
		} catch (error) {
			throwIfCancelled(signal);
			if (!shouldRetry(error)) throw error;
			const backOffMs = clock.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
			// A large part may fail after an hour of successful sending; that hour was not an outage.
			// Not less than nothing: the clock may have been set back.
			spent.ms += Math.min(Math.max(0, clock.now() - Math.max(startedAt, advancedAt())), minute);
			const leftMs = policy.patienceMs - spent.ms;
			const delayMs = Math.max(backOffMs, Math.min(retryAfterMs(error) ?? 0, leftMs));
			if (policy.patienceMs === 0 || leftMs < 0 || delayMs > leftMs) throw error;
			spent.ms += delayMs;
			onRetry?.(error, attempt);
			await pause(clock, delayMs, signal);
		}
	}
}

function retryAfterMs(error: unknown): number | undefined {
	return error instanceof MasvApiError ? error.retryAfterMs : undefined;
}

/**
 * `Retry-After` as milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined if absent or invalid. A date is read by
 * the clock of the server, which its `Date` header tells; ours may be minutes off.
 */
export function parseRetryAfter(
	value: string | undefined,
	{ date, nowMs }: { date: string | undefined; nowMs: number },
): number | undefined {
	if (value === undefined) return undefined;
	if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
	const at = Date.parse(value);
	if (Number.isNaN(at)) return undefined;
	const serverMs = Date.parse(date ?? '');
	return Math.max(0, at - (Number.isNaN(serverMs) ? nowMs : serverMs));
}
