import { systemClock } from '../../../masv/node/systemClock';
import { failureOf } from '../../support/failureOf';

/** Longer than any test, so that only the signal can end the sleep. */
const forever = 2 ** 31 - 1;

describe('systemClock', () => {
	it('returns the system time', () => {
		const now = jest.spyOn(Date, 'now').mockReturnValue(1_767_323_045_678);
		expect(systemClock.now()).toBe(1_767_323_045_678);
		now.mockRestore();
	});

	it('resolves after the delay', async () => {
		await systemClock.sleep(0);
		await systemClock.sleep(0, new AbortController().signal);
	});

	it('rejects when the signal aborts', async () => {
		const stop = new AbortController();
		const slept = failureOf(systemClock.sleep(forever, stop.signal));
		stop.abort(new Error('Enough'));
		expect(await slept).toMatchObject({ name: 'AbortError' });
	});

	it('rejects immediately if the signal has already aborted', async () => {
		expect(await failureOf(systemClock.sleep(forever, AbortSignal.abort()))).toMatchObject({ name: 'AbortError' });
	});

	it('aborts a timeout signal when the time has passed, and not before', async () => {
		const later = systemClock.timeout(forever);
		const soon = systemClock.timeout(0);
		if (!soon.aborted) await new Promise((resolve) => soon.addEventListener('abort', resolve));
		expect([soon.aborted, later.aborted]).toEqual([true, false]);
		expect(soon.reason).toMatchObject({ name: 'TimeoutError' });
	});

	it('counts how long a turn of the event loop takes, from when it was first asked', async () => {
		const busyMs = (): number => systemClock.busyMs?.() ?? NaN;
		const spin = (): void => {
			for (const start = performance.now(); performance.now() < start + 3;);
		};
		spin();
		expect(busyMs()).toBe(0);
		spin();
		expect(busyMs()).toBeGreaterThanOrEqual(3);
		// Not a timer, which may come before the end of the turn.
		await new Promise((resolve) => setImmediate(resolve));
		expect(busyMs()).toBe(0);
	});

	it('returns varying numbers from 0 to less than 1', () => {
		const values = Array.from({ length: 1_000 }, () => systemClock.random());
		expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
		expect(new Set(values).size).toBeGreaterThan(1);
	});
});
