import { missingRanges, planRangeBytes, planRanges } from '../../../masv/download/rangePlan';
import { randomOf } from '../../support/random';

const mebibyte = 1024 * 1024;

const fixed = (connections: number) => ({ most: connections, connections });

describe('the plan of ranges', () => {
	const plan = { bytes: 1_000 * mebibyte, partBytes: undefined, windowBytes: undefined, rangeBytes: undefined };

	it('has ranges of 32 MiB, and smaller ones so that each connection gets one', () => {
		expect(planRangeBytes({ ...plan, ...fixed(8) })).toBe(32 * mebibyte);
		expect(planRangeBytes({ ...plan, bytes: 16 * mebibyte - 1, ...fixed(8) })).toBe(2 * mebibyte);
		expect(planRangeBytes({ ...plan, bytes: 100, ...fixed(8) })).toBe(mebibyte);
		expect(planRangeBytes({ ...plan, bytes: undefined, ...fixed(8) })).toBe(32 * mebibyte);
	});

	it('has ranges of whole parts, unless connections would have nothing to do', () => {
		expect(planRangeBytes({ ...plan, ...fixed(8), partBytes: 5 * mebibyte })).toBe(30 * mebibyte);
		expect(planRangeBytes({ ...plan, ...fixed(8), partBytes: 50 * mebibyte })).toBe(50 * mebibyte);
		expect(planRangeBytes({ ...plan, ...fixed(32), partBytes: 50 * mebibyte })).toBe(32 * mebibyte);
		expect(planRangeBytes({ ...plan, ...fixed(2), partBytes: 500 * mebibyte })).toBe(32 * mebibyte);
	});

	it('has enough ranges for as many connections as there can be, but none below 4 MiB for those beyond the first eight', () => {
		const automatic = { ...plan, most: 64, connections: 8 };
		expect(planRangeBytes({ ...automatic, bytes: 4_096 * mebibyte })).toBe(32 * mebibyte);
		expect(planRangeBytes(automatic)).toBe(16 * mebibyte);
		expect(planRangeBytes({ ...automatic, bytes: 64 * mebibyte })).toBe(4 * mebibyte);
		expect(planRangeBytes({ ...automatic, bytes: 16 * mebibyte })).toBe(2 * mebibyte);
	});

	it('has ranges of whole parts as long as those are enough for the connections of now', () => {
		const automatic = { ...plan, most: 64, partBytes: 50 * mebibyte };
		expect(planRangeBytes({ ...automatic, connections: 8 })).toBe(50 * mebibyte);
		expect(planRangeBytes({ ...automatic, connections: 64 })).toBe(16 * mebibyte);
	});

	it('follows the size of ranges while it changes', () => {
		const sizes = [3, 5, 1];
		const ranges = [...planRanges(10, () => sizes.shift() ?? 9)];
		expect(ranges.map(({ start, end }) => [start, end])).toEqual([
			[0, 3],
			[3, 8],
			[8, 9],
			[9, 10],
		]);
	});

	it('fits the window of a stream', () => {
		const window = planRangeBytes({ ...plan, ...fixed(7), windowBytes: 64 * mebibyte });
		expect(window).toBe(8 * mebibyte);
		const automatic = { ...plan, most: 64, windowBytes: 64 * mebibyte };
		expect(planRangeBytes({ ...automatic, connections: 31 })).toBe(2 * mebibyte);
	});

	it('covers a file exactly', () => {
		const random = randomOf(1);
		for (let turn = 0; turn < 200; turn++) {
			const [bytes, rangeBytes] = [random(0, 1_000), random(1, 200)];
			const ranges = [...planRanges(bytes, () => rangeBytes)];
			expect(ranges.map(({ start }) => start)).toEqual([0, ...ranges.map(({ end }) => end)].slice(0, ranges.length));
			expect(ranges.at(-1)?.end ?? 0).toBe(bytes);
		}
	});

	it('costs nothing for the size that a server claims', () => {
		const ranges = planRanges(Number.MAX_SAFE_INTEGER, () => mebibyte, mebibyte);
		expect(ranges.next().value).toEqual({ start: mebibyte, end: 2 * mebibyte });
	});

	it('misses the bytes that are not there, and no others, however earlier runs divided the file', () => {
		const random = randomOf(2);
		for (let turn = 0; turn < 300; turn++) {
			const bytes = random(1, 60);
			const present = Array.from({ length: random(0, 8) }, () => {
				const start = random(0, bytes - 1);
				return { start, end: random(start + 1, bytes) };
			});
			const has = (position: number): boolean => present.some(({ start, end }) => start <= position && position < end);
			const rangeBytes = random(1, 20);
			const missing = [
				...missingRanges(
					planRanges(bytes, () => rangeBytes),
					present,
				),
			];
			const positions = missing.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
			expect(positions).toEqual(Array.from({ length: bytes }, (_, at) => at).filter((at) => !has(at)));
			for (const { start, end } of missing) {
				expect(end).toBeGreaterThan(start);
				expect(Math.ceil(end / rangeBytes)).toBe(Math.floor(start / rangeBytes) + 1);
			}
		}
	});
});
