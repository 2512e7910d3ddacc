import { missingRanges, planRangeBytes, planRanges } from '../../../masv/download/rangePlan';
import { randomOf } from '../../support/random';

const mebibyte = 1024 * 1024;

describe('the plan of ranges', () => {
	const plan = { bytes: 1_000 * mebibyte, partBytes: undefined, windowBytes: undefined, rangeBytes: undefined };

	it('has ranges of 32 MiB, and smaller ones so that each connection gets one', () => {
		expect(planRangeBytes({ ...plan, parallelRanges: 8 })).toBe(32 * mebibyte);
		expect(planRangeBytes({ ...plan, bytes: 16 * mebibyte - 1, parallelRanges: 8 })).toBe(2 * mebibyte);
		expect(planRangeBytes({ ...plan, bytes: 100, parallelRanges: 8 })).toBe(mebibyte);
		expect(planRangeBytes({ ...plan, bytes: undefined, parallelRanges: 8 })).toBe(32 * mebibyte);
	});

	it('has ranges of whole parts, unless connections would have nothing to do', () => {
		expect(planRangeBytes({ ...plan, parallelRanges: 8, partBytes: 5 * mebibyte })).toBe(30 * mebibyte);
		expect(planRangeBytes({ ...plan, parallelRanges: 8, partBytes: 50 * mebibyte })).toBe(50 * mebibyte);
		expect(planRangeBytes({ ...plan, parallelRanges: 32, partBytes: 50 * mebibyte })).toBe(32 * mebibyte);
		expect(planRangeBytes({ ...plan, parallelRanges: 2, partBytes: 500 * mebibyte })).toBe(32 * mebibyte);
	});

	it('fits the window of a stream', () => {
		const window = planRangeBytes({ ...plan, parallelRanges: 7, windowBytes: 64 * mebibyte });
		expect(window).toBe(8 * mebibyte);
	});

	it('covers a file exactly', () => {
		const random = randomOf(1);
		for (let turn = 0; turn < 200; turn++) {
			const [bytes, rangeBytes] = [random(0, 1_000), random(1, 200)];
			const ranges = [...planRanges(bytes, rangeBytes)];
			expect(ranges.map(({ start }) => start)).toEqual([0, ...ranges.map(({ end }) => end)].slice(0, ranges.length));
			expect(ranges.at(-1)?.end ?? 0).toBe(bytes);
		}
	});

	it('costs nothing for the size that a server claims', () => {
		const ranges = planRanges(Number.MAX_SAFE_INTEGER, mebibyte, mebibyte);
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
			const missing = [...missingRanges(planRanges(bytes, rangeBytes), present)];
			const positions = missing.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
			expect(positions).toEqual(Array.from({ length: bytes }, (_, at) => at).filter((at) => !has(at)));
			for (const { start, end } of missing) {
				expect(end).toBeGreaterThan(start);
				expect(Math.ceil(end / rangeBytes)).toBe(Math.floor(start / rangeBytes) + 1);
			}
		}
	});
});
