import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvInputError } from '../../masv/errors';
import type { RetryOptions } from '../../masv/retry';
import { noRetry, outageOf, parseRetryAfter, retry } from '../../masv/retry';
import { instantClock } from '../support/instantClock';
import { failureOf } from '../support/failureOf';
import { systemClock } from '../../masv/node/systemClock';
import { isTransient, mayHaveSucceeded } from '../../masv/answers';

const lost = () => new MasvConnectionError('No answer', { code: 'connection_lost' });
const answered = (status: number, more: { code?: string; retryAfterMs?: number; storage?: boolean } = {}) =>
	new MasvApiError({
		code: 'request_rejected',
		operation: 'do it',
		service: more.storage === true ? 'MASV storage' : 'MASV',
		status,
		details: [],
		serviceCode: more.code,
		retryAfterMs: more.retryAfterMs,
	});

const policy = { baseDelayMs: 100, maxDelayMs: 1_000, patienceMs: 60_000 };

/** Runs a task that fails with each of the errors in turn and then succeeds. */
async function run(errors: unknown[], more: Partial<RetryOptions> = {}) {
	const clock = instantClock(() => 1);
	const told: number[] = [];
	const left = [...errors];
	let calls = 0;
	const outcome = await retry(
		async (attempt) => {
			calls++;
			if (left.length > 0) throw left.shift();
			return await Promise.resolve(`done at attempt ${attempt}`);
		},
		{ policy, clock, onRetry: (_, attempt) => told.push(attempt), ...more },
	).catch((error: unknown) => error);
	return { outcome, calls, told, slept: clock.slept };
}

describe('retry', () => {
	it('stops after a success', async () => {
		expect(await run([])).toEqual({ outcome: 'done at attempt 1', calls: 1, told: [], slept: [] });
	});

	it('doubles the wait up to the maximum', async () => {
		const { outcome, slept, told } = await run(Array.from({ length: 6 }, lost));
		expect(outcome).toBe('done at attempt 7');
		expect(slept).toEqual([100, 200, 400, 800, 1_000, 1_000]);
		expect(told).toEqual([1, 2, 3, 4, 5, 6]);
	});

	it('waits a random share of the backoff', async () => {
		const shares = [0, 0.5, 0.25];
		const clock = instantClock(() => shares.shift() ?? 0);
		await run([lost(), lost(), lost()], { clock });
		expect(clock.slept).toEqual([0, 100, 100]);
	});

	it('never waits less than Retry-After, whatever the random value', async () => {
		const clock = instantClock(() => 0);
		await run([answered(429, { retryAfterMs: 7_000 }), answered(503, { retryAfterMs: 20 })], { clock });
		expect(clock.slept).toEqual([7_000, 20]);
	});

	it('waits longer than Retry-After if its own backoff is longer', async () => {
		expect((await run([answered(429, { retryAfterMs: 30 })])).slept).toEqual([100]);
	});

	it('throws the last error when the retry budget is used up', async () => {
		const errors = [lost(), lost(), lost(), lost()];
		// 700 ms of waiting and what the attempts themselves take are within it, the next 800 ms are not.
		const { outcome, slept } = await run(errors, { policy: { ...policy, patienceMs: 1_400 } });
		expect(outcome).toBe(errors[3]);
		expect(slept).toEqual([100, 200, 400]);
	});

	it('waits out its retry budget if Retry-After exceeds it, and tries once more', async () => {
		const error = answered(429, { retryAfterMs: 86_400_000 });
		expect(await run([error])).toMatchObject({ outcome: 'done at attempt 2', slept: [60_000], told: [1] });
		const second = answered(429, { retryAfterMs: 1 });
		expect(await run([error, second])).toMatchObject({ outcome: second, slept: [60_000] });
	});

	it('counts the time of failed attempts, each as at most one minute', async () => {
		let now = 0;
		const clock = { ...instantClock(() => 0), now: () => now };
		let attempts = 0;
		const task = () => {
			attempts++;
			now += 3_600_000;
			return Promise.reject(lost());
		};
		await failureOf(retry(task, { policy: outageOf(180_000), clock }));
		// Three attempts of an hour are three minutes; the fourth is beyond them.
		expect(attempts).toBe(4);
	});

	it('does not gain time if the clock is set back during an attempt', async () => {
		let now = 0;
		const clock = { ...instantClock(() => 1), now: () => now };
		let attempts = 0;
		const task = async () => {
			now -= 3_600_000;
			return await (++attempts < 1_000 ? Promise.reject(lost()) : Promise.resolve());
		};
		await failureOf(retry(task, { policy: { ...policy, patienceMs: 10_000 }, clock }));
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(10_000);
	});

	it('never retries without a retry budget', async () => {
		const error = lost();
		const { outcome, calls } = await run([error], { policy: noRetry });
		expect([outcome, calls]).toEqual([error, 1]);
	});

	it.each([
		['a rejection', answered(404)],
		['an input error', new MasvInputError('No', { code: 'value_missing', field: 'Name' })],
		['an untrusted certificate', new MasvConnectionError('No', { code: 'connection_lost', transient: false })],
		['a programming error', new TypeError('No')],
	])('throws %s immediately', async (_, error) => {
		expect(await run([error])).toEqual({ outcome: error, calls: 1, told: [], slept: [] });
	});

	it('uses the caller’s predicate if there is one', async () => {
		const { outcome } = await run([answered(403)], { isTransient: (error) => (error as MasvApiError).status === 403 });
		expect(outcome).toBe('done at attempt 2');
	});

	it('does not begin if it was cancelled before', async () => {
		const { outcome, calls } = await run([], { signal: AbortSignal.abort() });
		expect(outcome).toBeInstanceOf(MasvCancelledError);
		expect(calls).toBe(0);
	});

	it('reports the cancellation, not the failure, if both happen', async () => {
		const stop = new AbortController();
		const task = () => {
			stop.abort();
			return Promise.reject(answered(500));
		};
		const outcome = await failureOf(retry(task, { policy, clock: instantClock(), signal: stop.signal }));
		expect(outcome).toBeInstanceOf(MasvCancelledError);
	});

	it('ends a wait when it is cancelled', async () => {
		const stop = new AbortController();
		let calls = 0;
		// The wait is real and endless for a test; only the signal ends it.
		const running = retry(
			() => {
				calls++;
				return Promise.reject(answered(503, { retryAfterMs: 600_000 }));
			},
			{
				policy: outageOf(3_600_000),
				clock: systemClock,
				signal: stop.signal,
				onRetry: () => setImmediate(() => stop.abort()),
			},
		);
		expect(await failureOf(running)).toBeInstanceOf(MasvCancelledError);
		expect(calls).toBe(1);
	});

	it('throws the reason of the signal if that is a MasvError', async () => {
		const reason = new MasvInputError('Another file failed', { code: 'value_missing', field: 'Files' });
		expect((await run([], { signal: AbortSignal.abort(reason) })).outcome).toBe(reason);
	});
});

describe('isTransient', () => {
	it.each([408, 425, 429, 500, 502, 503, 504, 599])('is true for %i', (status) => {
		expect(isTransient(answered(status))).toBe(true);
	});

	it.each([300, 400, 401, 402, 403, 404, 405, 409, 413, 422, 501, 505])('is false for %i', (status) => {
		expect(isTransient(answered(status))).toBe(false);
	});

	it('is true for codes of the storage with a 400, and only for the storage', () => {
		expect(isTransient(answered(400, { code: 'RequestTimeout', storage: true }))).toBe(true);
		expect(isTransient(answered(400, { code: 'RequestTimeout' }))).toBe(false);
		expect(isTransient(answered(400, { code: 'InvalidPart', storage: true }))).toBe(false);
	});
});

describe('mayHaveSucceeded', () => {
	it('is true without a response, or after a server error', () => {
		expect([lost(), answered(500), answered(504)].map(mayHaveSucceeded)).toEqual([true, true, true]);
	});

	it('is false if MASV was not reached, or rejected the request', () => {
		const unreached = new MasvConnectionError('No', { code: 'connection_lost', mayHaveSucceeded: false });
		expect([unreached, answered(429), answered(404), new Error('x')].map(mayHaveSucceeded)).toEqual([
			false,
			false,
			false,
			false,
		]);
	});
});

describe('parseRetryAfter', () => {
	const now = Date.UTC(2026, 0, 1, 0, 0, 0);

	it.each([
		['120', 120_000],
		[' 0 ', 0],
		['1.5', 1_500],
		['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
		['Wed, 31 Dec 2025 23:59:00 GMT', 0],
		['soon', undefined],
		['', undefined],
		[undefined, undefined],
	])('reads %j as %j ms', (value, milliseconds) => {
		expect(parseRetryAfter(value, { date: undefined, nowMs: now })).toBe(milliseconds);
	});

	it('reads a date by the clock of the server, whatever ours says', () => {
		const date = 'Thu, 01 Jan 2026 00:10:00 GMT';
		expect(parseRetryAfter('Thu, 01 Jan 2026 00:10:05 GMT', { date, nowMs: now })).toBe(5_000);
		expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', { date: 'no date', nowMs: now })).toBe(5_000);
	});
});
