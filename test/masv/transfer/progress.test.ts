import type { Progress } from '../../../masv/transfer/progress';
import { createProgressMeter } from '../../../masv/transfer/progress';

const nothingChecked = { checkedBytes: 0, bytesToCheck: 0 };

/** A meter whose clock the test moves. */
function meterOf(total: { bytes: number; files: number }, everyMs = 1_000) {
	let now = 0;
	const told: Progress[] = [];
	const clock = {
		now: () => now,
		sleep: () => Promise.resolve(),
		timeout: () => new AbortController().signal,
		random: () => 0,
	};
	const meter = createProgressMeter(clock, total, (progress) => told.push(progress), everyMs);
	return { meter, told, pass: (ms: number) => void (now += ms) };
}

describe('createProgressMeter', () => {
	it('reports at most once in a while', () => {
		const { meter, told, pass } = meterOf({ bytes: 1_000, files: 1 });
		for (let turn = 0; turn < 25; turn++) {
			pass(100);
			meter.advance(10);
		}
		expect(told.map(({ bytes }) => bytes)).toEqual([100, 200]);
	});

	it('tells rate and time left by what moved since the last report', () => {
		const { meter, told, pass } = meterOf({ bytes: 1_000, files: 2 });
		pass(2_000);
		meter.advance(400);
		pass(1_000);
		meter.advance(100);
		expect(told).toEqual([
			{
				bytes: 400,
				totalBytes: 1_000,
				files: 0,
				totalFiles: 2,
				bytesPerSecond: 200,
				secondsLeft: 3,
				...nothingChecked,
			},
			{
				bytes: 500,
				totalBytes: 1_000,
				files: 0,
				totalFiles: 2,
				bytesPerSecond: 100,
				secondsLeft: 5,
				...nothingChecked,
			},
		]);
	});

	it('goes back when bytes must be sent again, with no rate below zero', () => {
		const { meter, told, pass } = meterOf({ bytes: 1_000, files: 1 });
		meter.advance(300);
		pass(1_000);
		meter.advance(-300);
		pass(1_000);
		meter.advance(-0);
		expect(told.map(({ bytes, bytesPerSecond, secondsLeft }) => [bytes, bytesPerSecond, secondsLeft])).toEqual([
			[0, 0, undefined],
			[0, 0, undefined],
		]);
	});

	it('counts what an earlier try stored, but not towards the rate', () => {
		const { meter, told, pass } = meterOf({ bytes: 1_000, files: 1 });
		meter.skip(500);
		pass(1_000);
		meter.advance(100);
		expect(told[0]).toMatchObject({ bytes: 600, bytesPerSecond: 100, secondsLeft: 4 });
	});

	it('tells how much of an earlier run has been compared, which is neither sent nor a rate', () => {
		const { meter, told, pass } = meterOf({ bytes: 1_000, files: 1 });
		meter.toCheck(500);
		meter.toCheck(100);
		pass(1_000);
		meter.checked(200);
		pass(500);
		meter.checked(100);
		expect(told).toMatchObject([
			{ bytes: 0, bytesPerSecond: 0, secondsLeft: undefined, checkedBytes: 200, bytesToCheck: 600 },
		]);
	});

	it('reports the last file, however soon', () => {
		const { meter, told } = meterOf({ bytes: 0, files: 2 });
		meter.fileDone();
		expect(told).toEqual([]);
		meter.fileDone();
		expect(told).toMatchObject([{ files: 2, totalFiles: 2 }]);
	});
});
