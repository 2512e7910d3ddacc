import { MasvApiError } from '../../../masv/errors';
import { createPace } from '../../../masv/pace';
import { createLines } from '../../../masv/transfer/lines';
import { sendBuffers } from '../../../masv/transfer/memoryShares';
import { openWidth } from '../../../masv/transfer/width';

const mebibyte = 1024 * 1024;
const slowDown = new MasvApiError({
	...{ code: 'request_rejected', operation: 'store it', service: 'MASV storage', status: 503 },
	...{ serviceCode: 'SlowDown', details: [] },
});

/** A clock that moves to the next end of a wait as soon as nothing else happens. */
function simulatedClock() {
	let now = 0;
	let waits: Array<{ at: number; end: () => void }> = [];
	return {
		now: () => now,
		sleep: async (ms: number) => await new Promise<void>((end) => waits.push({ at: now + ms, end })),
		timeout: () => new AbortController().signal,
		random: () => 0.5,
		until: async (end: number): Promise<void> => {
			while (now < end) {
				await new Promise((resolve) => setImmediate(resolve));
				now = Math.min(end, ...waits.map(({ at }) => at));
				const due = waits.filter(({ at }) => at <= now);
				waits = waits.filter(({ at }) => at > now);
				due.forEach((wait) => wait.end());
			}
		},
	};
}

/**
 * Sends parts to a storage that permits so many requests per second, over a line on which a part takes half a second, however
 * many are under way. What is rejected is sent again.
 * @param connections undefined: automatic
 * @returns how many parts were stored in each second
 */
async function send(seconds: number, permitted: (second: number) => number, connections?: number): Promise<number[]> {
	const clock = simulatedClock();
	const pace = createPace(clock);
	const lines = createLines(clock);
	const width = openWidth({
		...{ connections, lines, line: 'to it', memoryShares: undefined },
		...{ buffers: sendBuffers, workersAhead: 0, clock, load: undefined },
	});
	const stored = Array.from({ length: seconds }, () => 0);
	const second = (): number => Math.floor(clock.now() / 1000);
	let [allowance, filledAt] = [permitted(0), 0];
	const isPermitted = (): boolean => {
		const most = permitted(second());
		allowance = Math.min(most, allowance + ((clock.now() - filledAt) / 1000) * most);
		filledAt = clock.now();
		if (allowance < 1) return false;
		allowance--;
		return true;
	};
	const store = async (): Promise<void> => {
		for (let attempt = 1; ; attempt++) {
			await pace.turn();
			const startedAt = clock.now();
			await clock.sleep(40);
			if (isPermitted()) {
				await clock.sleep(460);
				pace.succeeded(startedAt);
				width.moved(5 * mebibyte);
				stored[second()] = (stored[second()] ?? 0) + 1;
				return;
			}
			await clock.sleep(40);
			pace.failed(slowDown, startedAt);
			width.failed(slowDown);
			await clock.sleep(Math.min(10_000, 250 * 2 ** attempt));
		}
	};
	for (let part = 0; part < 20_000; part++) void width.limit(store);
	await clock.until(seconds * 1000);
	width.limit.clearQueue();
	return stored.slice(0, seconds);
}

/** It permits what was not used in the second before, too. */
const mostIn = (seconds: number, permitted: number): number => (permitted * (seconds + 1)) / seconds;

const mean = (numbers: number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

describe('a storage that answers SlowDown', () => {
	it.each([4, 8, 30])('is sent at least 0.8 of the %i requests a second that it permits', async (permitted) => {
		const stored = await send(120, () => permitted);
		expect(mean(stored.slice(30))).toBeGreaterThanOrEqual(0.8 * permitted);
		expect(mean(stored.slice(30))).toBeLessThanOrEqual(mostIn(90, permitted));
	});

	it.each([4, 8, 30])(
		'is sent as much with 64 connections: at least 0.8 of %i requests a second',
		async (permitted) => {
			const stored = await send(120, () => permitted, 64);
			expect(mean(stored.slice(30))).toBeGreaterThanOrEqual(0.8 * permitted);
			expect(mean(stored.slice(30))).toBeLessThanOrEqual(mostIn(90, permitted));
		},
	);

	it('is sent as much as the line takes again after that', async () => {
		const stored = await send(180, (second) => (second < 40 ? 4 : 10_000));
		expect(mean(stored.slice(20, 40))).toBeLessThanOrEqual(4.5);
		// 64 at a time, each of which takes half a second.
		expect(mean(stored.slice(150))).toBeGreaterThan(0.9 * 128);
	});
});
