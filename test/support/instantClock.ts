import type { Clock } from '../../masv/clock';

/** A clock that never waits: sleeping advances its time immediately. `slept` records each wait in milliseconds. */
export function instantClock(random = () => 0.5): Clock & { slept: number[] } {
	let ahead = 0;
	const slept: number[] = [];
	const now = (): number => Date.now() + ahead;
	const timeouts: Array<{ at: number; controller: AbortController }> = [];
	return {
		slept,
		now,
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			slept.push(ms);
			ahead += ms;
			for (const { at, controller } of timeouts) if (at <= now()) controller.abort(new Error('The time is up'));
			// Yields to the event loop. Otherwise, an endless retry would starve the sockets.
			await new Promise((resolve) => setImmediate(resolve));
		},
		timeout: (ms) => {
			const controller = new AbortController();
			timeouts.push({ at: now() + ms, controller });
			return controller.signal;
		},
		random,
	};
}
