import type { Clock } from '../../masv/clock';

/** A clock that never waits: sleeping moves its time forward at once. `slept` holds every wait in milliseconds. */
export function instantClock(random = () => 0.5): Clock & { slept: number[] } {
	let ahead = 0;
	const slept: number[] = [];
	return {
		slept,
		now: () => Date.now() + ahead,
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			slept.push(ms);
			ahead += ms;
			// One turn of the event loop, so that a retry that never ends cannot starve the sockets.
			await new Promise((resolve) => setImmediate(resolve));
		},
		random,
	};
}
