import { MasvCancelledError } from '../../../masv/errors';
import type { RateAt } from '../../../masv/transfer/bandwidth';
import { createBandwidth, createBandwidths } from '../../../masv/transfer/bandwidth';
import { failureOf } from '../../support/failureOf';
import { steppedClock } from '../../support/steppedClock';

const mebibyte = 1024 * 1024;
const always =
	(mebibytes: number | undefined): RateAt =>
	() =>
		mebibytes === undefined ? undefined : mebibytes * mebibyte;

/** Connections that send pieces of a size one after another, for as long as the clock is moved on. */
function sendAlways(bandwidth: ReturnType<typeof createBandwidth>, connections: number, pieceBytes: number) {
	const sent = Array.from({ length: connections }, () => 0);
	let isOver = false;
	const send = async (index: number): Promise<void> => {
		while (!isOver) {
			await (bandwidth.take(pieceBytes) ?? new Promise((resolve) => setImmediate(resolve)));
			sent[index] = (sent[index] ?? 0) + pieceBytes;
		}
	};
	for (let index = 0; index < connections; index++) void send(index);
	return { sent, total: () => sent.reduce((sum, each) => sum + each, 0), stop: () => void (isOver = true) };
}

describe('bandwidth', () => {
	it.each([
		{ mebibytes: 1, connections: 64, pieceBytes: 52_428 },
		{ mebibytes: 20, connections: 8, pieceBytes: 512 * 1024 },
		{ mebibytes: 20, connections: 3, pieceBytes: 16 * 1024 },
		{ mebibytes: 0.1, connections: 8, pieceBytes: 16 * 1024 },
	])(
		'is within 5 % of $mebibytes MiB/s over 10 s with $connections connections and pieces of $pieceBytes bytes',
		async ({ mebibytes, connections, pieceBytes }) => {
			const clock = steppedClock();
			const sending = sendAlways(createBandwidth(clock, always(mebibytes)), connections, pieceBytes);
			for (let ms = 0; ms < 10_000; ms += 20) await clock.advance(20);
			sending.stop();
			expect(Math.abs(sending.total() / (10 * mebibytes * mebibyte) - 1)).toBeLessThanOrEqual(0.05);
			// All get their share.
			expect(Math.max(...sending.sent) - Math.min(...sending.sent)).toBeLessThanOrEqual(2 * pieceBytes);
		},
	);

	it('makes up for timers that are late, but not for a pause', async () => {
		const clock = steppedClock();
		const bandwidth = createBandwidth(clock, always(1));
		const sending = sendAlways(bandwidth, 4, 16 * 1024);
		for (let ms = 0; ms < 9_100; ms += 350) await clock.advance(350);
		expect(sending.total() / (9.1 * mebibyte)).toBeCloseTo(1, 1);
		const before = sending.total();
		await clock.advance(60_000);
		expect(sending.total() - before).toBeLessThanOrEqual(0.45 * mebibyte);
		sending.stop();
	});

	it('does not wait without a limit', () => {
		const bandwidth = createBandwidth(steppedClock(), always(undefined));
		expect([bandwidth.take(mebibyte), bandwidth.take(1024 * mebibyte), bandwidth.pieceBytes]).toEqual(
			Array(3).fill(undefined),
		);
	});

	it('follows the timetable, also while something waits', async () => {
		const clock = steppedClock();
		// From the second minute on, there is no limit.
		const bandwidth = createBandwidth(clock, (at) => (at < 60_000 ? 0.1 * mebibyte : undefined));
		expect(bandwidth.take(100 * mebibyte)).toBeUndefined();
		let isServed = false;
		void bandwidth.take(1)?.then(() => (isServed = true));
		await clock.advance(59_000);
		expect(isServed).toBe(false);
		await clock.advance(1_000);
		expect(isServed).toBe(true);
		expect(bandwidth.take(100 * mebibyte)).toBeUndefined();
	});

	it('lets everything through at once when the limit has ended, whoever still waits', () => {
		let now = 0;
		const clock = { now: () => now, sleep: async () => await new Promise<never>(() => undefined) };
		const bandwidth = createBandwidth(clock, (at) => (at < 60_000 ? mebibyte : undefined));
		expect([bandwidth.take(mebibyte), bandwidth.take(1)]).toEqual([undefined, expect.any(Promise)]);
		now = 60_000;
		expect([bandwidth.take(1), bandwidth.take(100 * mebibyte)]).toEqual([undefined, undefined]);
	});

	it('serves nobody before those who wait', () => {
		let now = 0;
		const clock = { now: () => now, sleep: async () => await new Promise<never>(() => undefined) };
		const bandwidth = createBandwidth(clock, always(1));
		expect([bandwidth.take(mebibyte), bandwidth.take(1)]).toEqual([undefined, expect.any(Promise)]);
		now = 5_000;
		expect(bandwidth.take(1)).toBeInstanceOf(Promise);
	});

	it('does not let an empty piece wait', () => {
		const bandwidth = createBandwidth(steppedClock(), always(1));
		expect([bandwidth.take(10 * mebibyte), bandwidth.take(0)]).toEqual([undefined, undefined]);
	});

	it('begins anew when a limit begins', async () => {
		const clock = steppedClock();
		const bandwidth = createBandwidth(clock, (at) => (at < 60_000 ? undefined : mebibyte));
		void bandwidth.take(100 * mebibyte);
		await clock.advance(60_000);
		// What was sent without a limit does not count.
		expect(bandwidth.take(1)).toBeUndefined();
	});

	it('does not stand still when the clock is set back', async () => {
		let now = 100_000_000;
		const clock = steppedClock();
		const bandwidth = createBandwidth(
			{ now: () => now + clock.now(), sleep: async (ms) => await clock.sleep(ms) },
			always(1),
		);
		void bandwidth.take(mebibyte);
		now = 0;
		let isServed = false;
		void bandwidth.take(1)?.then(() => (isServed = true));
		for (let ms = 0; ms < 2_000; ms += 100) await clock.advance(100);
		expect(isServed).toBe(true);
	});

	it('stops waiting on cancellation, and the next one takes its place', async () => {
		const clock = steppedClock();
		const bandwidth = createBandwidth(clock, always(1));
		void bandwidth.take(mebibyte);
		const controller = new AbortController();
		const cancelled = failureOf(bandwidth.take(50 * mebibyte, controller.signal) as Promise<void>);
		let isServed = false;
		void bandwidth.take(1)?.then(() => (isServed = true));
		controller.abort();
		expect(await cancelled).toBeInstanceOf(MasvCancelledError);
		for (let ms = 0; ms < 1_500; ms += 100) await clock.advance(100);
		expect(isServed).toBe(true);
	});

	it('asks for pieces that keep many connections alive', () => {
		expect(createBandwidth(steppedClock(), always(0.1)).pieceBytes).toBe(16 * 1024);
		expect(createBandwidth(steppedClock(), always(20)).pieceBytes).toBe(mebibyte);
	});

	it('is shared by all who name the same limit', async () => {
		const clock = steppedClock();
		const bandwidths = createBandwidths(clock);
		void bandwidths('20', always(1)).take(mebibyte);
		expect(bandwidths('5', always(1)).take(1)).toBeUndefined();
		const waiting = bandwidths('20', always(1)).take(1);
		expect(waiting).toBeDefined();
		await clock.advance(1_000);
		await waiting;
	});
});
