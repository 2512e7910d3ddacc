import { MasvApiError, MasvCancelledError } from '../../masv/errors';
import { createPace, createPaces } from '../../masv/pace';
import { failureOf } from '../support/failureOf';

/** A clock that stands still until something sleeps; then it moves on at once. */
function standingClock() {
	let now = 1_000_000;
	return {
		now: () => now,
		sleep: async (ms: number, signal?: AbortSignal) => {
			signal?.throwIfAborted();
			now += ms;
			return await Promise.resolve();
		},
		timeout: () => new AbortController().signal,
		random: () => 0.5,
		advance: (ms: number) => void (now += ms),
	};
}

const rejected = (status: number, more: { serviceCode?: string; retryAfterMs?: number } = {}) =>
	new MasvApiError({
		code: 'request_rejected',
		operation: 'do it',
		service: 'MASV storage',
		status,
		details: [],
		...more,
	});
const tooFrequent = rejected(503, { serviceCode: 'SlowDown' });

/** Sends requests for some time to a host that permits so many a second. @returns how many succeeded each second */
async function send(seconds: number, permitted: (second: number) => number) {
	const clock = standingClock();
	const pace = createPace(clock);
	const begin = clock.now();
	const served = Array.from({ length: seconds }, () => 0);
	let rejections = 0;
	let allowance = permitted(0);
	let filledAt = begin;
	for (;;) {
		await pace.turn();
		const now = clock.now();
		const second = Math.floor((now - begin) / 1000);
		if (second >= seconds) return { served, rejections };
		allowance = Math.min(permitted(second), allowance + ((now - filledAt) / 1000) * permitted(second));
		filledAt = now;
		// What one request takes by itself: the line permits a hundred a second.
		clock.advance(10);
		if (allowance >= 1) {
			allowance--;
			served[second] = (served[second] ?? 0) + 1;
			pace.succeeded(now);
		} else {
			rejections++;
			pace.failed(tooFrequent, now);
		}
	}
}

const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

describe('the pace of requests to a host', () => {
	it('does not hold back a host that rejects nothing', () => {
		const pace = createPace(standingClock());
		expect(pace.turn()).toBeUndefined();
		pace.succeeded(0);
		pace.failed(rejected(500), 0);
		pace.failed(rejected(404), 0);
		pace.failed(new Error('lost'), 0);
		expect(pace.turn()).toBeUndefined();
	});

	it.each([
		['429', rejected(429)],
		['SlowDown', tooFrequent],
		['Retry-After', rejected(503, { retryAfterMs: 100 })],
	])('falls for all calls after one %s', (_, error) => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(error, clock.now());
		expect(pace.turn()).toBeDefined();
	});

	it.each([5, 20, 60])('reaches at least 0.8 of the %i requests a second that a host permits', async (permitted) => {
		const { served, rejections } = await send(60, () => permitted);
		const settled = mean(served.slice(20));
		expect(settled).toBeGreaterThan(0.8 * permitted);
		expect(settled).toBeLessThanOrEqual(permitted);
		expect(rejections).toBeLessThan(0.2 * mean(served) * 60);
	});

	it('rises to the full rate again when the host permits it', async () => {
		const { served } = await send(90, (second) => (second < 30 ? 10 : 1_000));
		expect(mean(served.slice(20, 30))).toBeLessThanOrEqual(10);
		expect(mean(served.slice(80))).toBeGreaterThan(90);
	});

	it('falls once for all requests that were on their way', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		const startedAt = clock.now();
		clock.advance(50);
		for (let times = 0; times < 64; times++) pace.failed(tooFrequent, startedAt);
		await pace.turn();
		const first = clock.now();
		await pace.turn();
		expect(clock.now() - first).toBe(20);
	});

	it('leaves at most five seconds between two requests, however many are rejected', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		for (let times = 0; times < 64; times++) pace.failed(tooFrequent, clock.now());
		await pace.turn();
		const first = clock.now();
		await pace.turn();
		expect(clock.now() - first).toBe(5_000);
	});

	it('does not rise with successes of requests that were on their way when it fell', () => {
		const clock = standingClock();
		const pace = createPace(clock);
		const startedAt = clock.now();
		clock.advance(50);
		pace.failed(tooFrequent, clock.now());
		for (let times = 0; times < 1_000; times++) pace.succeeded(startedAt);
		clock.advance(1_000);
		expect([pace.turn(), pace.turn()]).toEqual([undefined, expect.any(Promise)]);
	});

	it('no longer holds back requests once the pause has become short', () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(tooFrequent, clock.now());
		// 20 ms become less than 5 ms with the 46th success, each of which takes 3 %.
		for (let times = 0; times < 45; times++) pace.succeeded(clock.now());
		clock.advance(1_000);
		expect([pace.turn(), pace.turn()]).toEqual([undefined, expect.any(Promise)]);
		const other = createPace(clock);
		other.failed(tooFrequent, clock.now());
		for (let times = 0; times < 46; times++) other.succeeded(clock.now());
		clock.advance(1_000);
		expect([other.turn(), other.turn()]).toEqual([undefined, undefined]);
	});

	it('lets nothing through until the time of Retry-After, at most five seconds', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		const begin = clock.now();
		pace.failed(rejected(429, { retryAfterMs: 3_000 }), begin);
		await pace.turn();
		expect(clock.now() - begin).toBe(3_000);
		pace.failed(rejected(429, { retryAfterMs: 86_400_000 }), clock.now());
		const again = clock.now();
		await pace.turn();
		expect(clock.now() - again).toBe(5_000);
	});

	it('keeps to the time of Retry-After although another request is rejected without one', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		const begin = clock.now();
		pace.failed(rejected(429, { retryAfterMs: 3_000 }), begin);
		pace.failed(tooFrequent, begin - 1);
		await pace.turn();
		expect(clock.now() - begin).toBe(3_000);
	});

	it('does not wait until the time of the last request comes again, if the clock was set back to before it', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(tooFrequent, clock.now());
		clock.advance(3_600_000);
		expect(pace.turn()).toBeUndefined();
		clock.advance(-1_800_000);
		const begin = clock.now();
		await pace.turn();
		expect(clock.now() - begin).toBeLessThan(1_000);
	});

	it('does not wait for a time that the clock has left behind', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(rejected(429, { retryAfterMs: 30_000 }), clock.now());
		clock.advance(-86_400_000);
		const begin = clock.now();
		await pace.turn();
		expect(clock.now() - begin).toBeLessThan(1_000);
	});

	it('does not wait for the time of the last request after the clock was set back', () => {
		const clock = standingClock();
		const pace = createPace(clock);
		expect(pace.turn()).toBeUndefined();
		clock.advance(-86_400_000);
		expect(pace.turn()).toBeUndefined();
	});

	it('ends a wait when it is cancelled', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(tooFrequent, clock.now());
		const turn = pace.turn(AbortSignal.abort());
		expect(await failureOf(turn as Promise<void>)).toBeInstanceOf(MasvCancelledError);
	});

	it('gives those that wait the gap of when their turn comes, not of when they asked', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(tooFrequent, clock.now());
		const turns: number[] = [];
		const waiting = [1, 2, 3].map(async () => {
			await pace.turn();
			turns.push(clock.now());
			// Four rejections, each of a request of its own.
			if (turns.length === 1) for (let times = 0; times < 4; times++) pace.failed(tooFrequent, clock.now());
		});
		await Promise.all(waiting);
		const [first = 0, second = 0, third = 0] = turns;
		// 20 ms grow to 1.4 times that with each rejection.
		expect(third - second).toBeGreaterThan(20 * 1.4 ** 3);
		expect(second - first).toBeLessThan(third - first);
	});

	it('lets nobody pass those that wait', () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(tooFrequent, clock.now());
		expect(pace.turn()).toBeDefined();
		clock.advance(60_000);
		expect(pace.turn()).toBeDefined();
	});

	it('gives no turn to what was cancelled while it waited', async () => {
		const clock = standingClock();
		const pace = createPace(clock);
		pace.failed(rejected(429, { retryAfterMs: 3_000 }), clock.now());
		const begin = clock.now();
		const cancelled = pace.turn(AbortSignal.abort());
		const next = pace.turn();
		expect(await failureOf(cancelled as Promise<void>)).toBeInstanceOf(MasvCancelledError);
		await next;
		expect(clock.now() - begin).toBe(3_000);
	});

	it('is one for each host', () => {
		const paces = createPaces(standingClock());
		expect(paces('https://a.test/x?y')).toBe(paces('https://a.test/z'));
		expect(paces('https://a.test:81/x')).not.toBe(paces('https://a.test/x'));
		expect(paces('https://a.test')).toBe(paces('https://a.test/x'));
	});
});
