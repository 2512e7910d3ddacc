import { systemClock } from '../../../masv/node/systemClock';
import { failureOf } from '../../support/failureOf';

/** Longer than any test: only a signal ends it. */
const forever = 2 ** 31 - 1;

describe('systemClock', () => {
	it('tells the time of the system', () => {
		const now = jest.spyOn(Date, 'now').mockReturnValue(1_767_323_045_678);
		expect(systemClock.now()).toBe(1_767_323_045_678);
		now.mockRestore();
	});

	it('sleeps, and wakes up', async () => {
		await systemClock.sleep(0);
		await systemClock.sleep(0, new AbortController().signal);
	});

	it('wakes up with an error when the signal aborts', async () => {
		const stop = new AbortController();
		const slept = failureOf(systemClock.sleep(forever, stop.signal));
		stop.abort(new Error('Enough'));
		expect(await slept).toMatchObject({ name: 'AbortError' });
	});

	it('does not fall asleep when the signal has aborted before', async () => {
		expect(await failureOf(systemClock.sleep(forever, AbortSignal.abort()))).toMatchObject({ name: 'AbortError' });
	});

	it('aborts a signal when its time is up, and not before', async () => {
		const later = systemClock.timeout(forever);
		const soon = systemClock.timeout(0);
		if (!soon.aborted) await new Promise((resolve) => soon.addEventListener('abort', resolve));
		expect([soon.aborted, later.aborted]).toEqual([true, false]);
		expect(soon.reason).toMatchObject({ name: 'TimeoutError' });
	});

	it('gives numbers from 0 up to 1, and not always the same', () => {
		const values = Array.from({ length: 1_000 }, () => systemClock.random());
		expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
		expect(new Set(values).size).toBeGreaterThan(1);
	});
});
