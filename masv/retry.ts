import { MasvApiError, MasvCancelledError, throwIfCancelled } from './errors';
import type { Clock } from './clock';
import { isTransient } from './answers';

/** How long to go on. All times in milliseconds. */
export interface RetryPolicy {
	/** Upper bound of the first wait; doubles with each attempt. */
	baseDelayMs: number;
	maxDelayMs: number;
	/** Outage that is sat out: waiting plus the time of failed attempts, of which a long one counts as a minute. */
	patienceMs: number;
}

const minute = 60_000;

/** For work that would be lost: a part of a file, and everything between the first byte and the finalized package. */
export const fifteenMinutesOfOutage: RetryPolicy = { baseDelayMs: 500, maxDelayMs: 30_000, patienceMs: 15 * minute };

/** For work that has not begun: nothing is lost when it fails, and a mistyped address should not take long to show. */
export const halfAMinuteOfOutage: RetryPolicy = { baseDelayMs: 300, maxDelayMs: 8_000, patienceMs: minute / 2 };

/**
 * For a trigger that is activated: n8n tries five times, tidies up after each, and gives up on all of it after 84 seconds with
 * a message of its own.
 */
export const fiveSecondsOfOutage: RetryPolicy = { baseDelayMs: 300, maxDelayMs: 2_000, patienceMs: 5_000 };

/** For a person who waits: pickers and credential tests. */
export const noRetry: RetryPolicy = { baseDelayMs: 0, maxDelayMs: 0, patienceMs: 0 };

/** {@link fifteenMinutesOfOutage} with another patience. */
export function outageOf(patienceMs: number): RetryPolicy {
	return { ...fifteenMinutesOfOutage, patienceMs };
}

export interface RetryOptions {
	policy: RetryPolicy;
	clock: Clock;
	signal?: AbortSignal;
	/** Told before each wait. `attempt` counts from 1. */
	onRetry?: (error: unknown, attempt: number) => void;
	isTransient?: (error: unknown) => boolean;
}

/**
 * Runs the task until it succeeds, fails for good, or the policy's patience is used up. Waits with exponential back-off
 * and full jitter, but never less than the server's `Retry-After`.
 */
export async function retry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
	const { policy, clock, signal, onRetry, isTransient: shouldRetry = isTransient } = options;
	let outageMs = 0;
	for (let attempt = 1; ; attempt++) {
		throwIfCancelled(signal);
		const startedAt = clock.now();
		try {
			return await task(attempt);
		} catch (error) {
			throwIfCancelled(signal);
			if (!shouldRetry(error)) throw error;
			const backOffMs = clock.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
			const delayMs = Math.max(backOffMs, retryAfterMs(error) ?? 0);
			// A part of a gigabyte may fail after an hour of good work; that hour was no outage.
			outageMs += Math.min(clock.now() - startedAt, minute) + delayMs;
			if (policy.patienceMs === 0 || outageMs > policy.patienceMs) throw error;
			onRetry?.(error, attempt);
			try {
				await clock.sleep(delayMs, signal);
			} catch (sleepError) {
				throwIfCancelled(signal);
				throw new MasvCancelledError(sleepError);
			}
		}
	}
}

function retryAfterMs(error: unknown): number | undefined {
	return error instanceof MasvApiError ? error.retryAfterMs : undefined;
}

/**
 * `Retry-After` as milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined when absent or not readable.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
	if (value === undefined) return undefined;
	if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
	const at = Date.parse(value);
	return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
