import { setTimeout as wait } from 'node:timers/promises';

import type { Clock } from '../clock';

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (ms, signal) => await wait(ms, undefined, { signal }),
	timeout: (ms) => AbortSignal.timeout(ms),
	random: () => Math.random(),
};
