import { setTimeout as wait } from 'node:timers/promises';

import type { Clock } from '../clock';

/** When this turn of the event loop was first asked for. */
let turnBegan: number | undefined;

function busyMs(): number {
	const now = performance.now();
	if (turnBegan === undefined) {
		turnBegan = now;
		setImmediate(() => (turnBegan = undefined));
	}
	return now - turnBegan;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (ms, signal) => await wait(ms, undefined, { signal }),
	timeout: (ms) => AbortSignal.timeout(ms),
	busyMs,
	random: () => Math.random(),
};
