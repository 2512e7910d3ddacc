import { countThread, nodeLoad } from '../../../masv/node/nodeLoad';
import { systemClock } from '../../../masv/node/systemClock';

function work(): void {
	for (const startedAt = performance.now(); performance.now() === startedAt;);
}

describe('nodeLoad', () => {
	it('returns 1 if the event loop did nothing but work since the previous call', () => {
		const share = nodeLoad.watch();
		work();
		expect(share()).toBe(1);
		work();
		expect(share()).toBe(1);
	});

	it('returns a share of the time otherwise, for each watcher since its own previous call', async () => {
		const first = nodeLoad.watch();
		await systemClock.sleep(0);
		const second = nodeLoad.watch();
		work();
		const [one, other] = [first(), second()];
		expect(one).toBeGreaterThanOrEqual(0);
		expect(one).toBeLessThanOrEqual(1);
		expect(other).toBe(1);
	});

	it('is that of the busiest thread, as long as it is counted', () => {
		const busy = { idle: 0, active: 1, utilization: 0 };
		const thread = {
			eventLoopUtilization: (_?: object, before?: object) => ({ ...busy, utilization: before === undefined ? 0 : 2 }),
		};
		const early = nodeLoad.watch();
		const stop = countThread(thread);
		const late = nodeLoad.watch();
		expect(late()).toBe(2);
		early();
		expect(early()).toBe(2);
		stop();
		expect(late()).toBeLessThanOrEqual(1);
	});

	it('counts all the time of a thread that has been started since the previous call', () => {
		const share = nodeLoad.watch();
		// As Node does: the difference to what is compared, which is no time at all.
		const now = { idle: 10, active: 10, utilization: 0.5 };
		const stop = countThread({
			eventLoopUtilization: (since) => (since === undefined ? now : { ...now, utilization: 7 }),
		});
		expect(share()).toBeLessThanOrEqual(1);
		stop();
	});
});
