import { setTimeout as wait } from 'node:timers/promises';

import { MasvApiError, MasvCancelledError, MasvConnectionError, throwIfCancelled } from './errors';

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

/** What makes waiting testable. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms`; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From 0 up to 1. */
	random(): number;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (ms, signal) => await wait(ms, undefined, { signal }),
	random: () => Math.random(),
};

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
	const { policy, clock, signal, onRetry, isTransient: mayHelp = isTransient } = options;
	let outageMs = 0;
	for (let attempt = 1; ; attempt++) {
		throwIfCancelled(signal);
		const startedAt = clock.now();
		try {
			return await task(attempt);
		} catch (error) {
			throwIfCancelled(signal);
			if (!mayHelp(error)) throw error;
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

/** The storage's own codes for "try that again" that do not come with a 5xx (Amazon S3, Error responses). */
const transientStorageCodes = new Set([
	'RequestTimeout',
	'IncompleteBody',
	'BadDigest',
	'OperationAborted',
	'SlowDown',
]);

/** Whether another try of the same request may help. */
export function isTransient(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.transient;
	if (!(error instanceof MasvApiError)) return false;
	if ([408, 425, 429].includes(error.status)) return true;
	if (error.status >= 500) return error.status !== 501 && error.status !== 505;
	return error.service === 'MASV storage' && error.code !== undefined && transientStorageCodes.has(error.code);
}

/**
 * Whether the server would say the same again of what was asked about. A key or a plan that has run out says nothing of that,
 * and may be mended.
 */
export function isLasting(error: MasvApiError): boolean {
	return ![401, 402].includes(error.status) && !isTransient(error);
}

/** Whether the request may have been carried out although it failed here: a lost answer. */
export function maybeDone(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.maybeDone;
	return error instanceof MasvApiError && error.status >= 500;
}

/** Whether a no means that what was asked for has been done before. There is no documented code for it. */
export function saysAlreadyDone(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.status >= 500 || [401, 403, 408, 429].includes(error.status)) {
		return false;
	}
	const said = [error.code, ...error.details].join(' ');
	if (/already|NoSuchUpload/i.test(said)) return true;
	return /finali[sz]ed|completed/i.test(said) && !/\b(not|cannot|never|must)\b|n't\b/i.test(said);
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
