import { createTurns, inTurns } from '../../masv/inTurns';

/** A clock for work of which each step takes so many milliseconds, and the times at which it has paused. */
function busyClock(msPerStep: number): {
	step: () => void;
	pausedAfter: number[];
	clock: Parameters<typeof createTurns>[0];
} {
	let steps = 0;
	let busyMs = 0;
	const pausedAfter: number[] = [];
	return {
		step: () => {
			steps++;
			busyMs += msPerStep;
		},
		pausedAfter,
		clock: {
			busyMs: () => busyMs,
			sleep: async () => {
				pausedAfter.push(steps);
				busyMs = 0;
				await Promise.resolve();
			},
		},
	};
}

describe('long work', () => {
	it('pauses after 10 ms, however few steps these were', async () => {
		const { clock, step, pausedAfter } = busyClock(4);
		await inTurns(Array(10).keys(), clock, step);
		expect(pausedAfter).toEqual([3, 6, 9]);
	});

	it('takes a step between two pauses also if each takes longer', async () => {
		const { clock, step, pausedAfter } = busyClock(50);
		await inTurns(Array(4).keys(), clock, step);
		expect(pausedAfter).toEqual([1, 2, 3]);
	});

	it('pauses after 1,000 steps that take no time', async () => {
		const { clock, step, pausedAfter } = busyClock(0);
		await inTurns(Array(2_500).keys(), clock, step);
		expect(pausedAfter).toEqual([1_000, 2_000]);
	});

	it('pauses once for all who share it', async () => {
		const { clock, step, pausedAfter } = busyClock(4);
		const turn = createTurns(clock);
		const work = async (): Promise<void> => {
			for (let left = 4; left > 0; left--) {
				await turn();
				step();
			}
		};
		await Promise.all([work(), work(), work()]);
		// All three go on after each pause.
		expect(pausedAfter).toEqual([3, 6, 9]);
	});
});
