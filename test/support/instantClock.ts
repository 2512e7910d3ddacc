import type { Clock } from '../../masv/clock';

/**
 * A clock that never waits: sleeping advances its time immediately, and nothing else does, however slow the machine is. `slept`
 * records each wait in milliseconds.
 */
export function instantClock(random = () => 0.5): Clock & { slept: number[] } {
	let nowMs = Date.now();
	const slept: number[] = [];
	const timeouts: Array<{ at: number; controller: AbortController }> = [];
	return {
		slept,
		now: () => nowMs,
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			slept.push(ms);
			nowMs += ms;
			for (const { at, controller } of timeouts) if (at <= nowMs) controller.abort(new Error('The time is up'));
			// Yields to the event loop. Otherwise, an endless retry would starve the sockets.
			await new Promise((resolve) => setImmediate(resolve));
		},
		timeout: (ms) => {
			const controller = new AbortController();
			timeouts.push({ at: nowMs + ms, controller });
			return controller.signal;
		},
		random,
	};
}
