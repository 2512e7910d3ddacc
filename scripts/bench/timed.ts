import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long work took, and how responsive the process was meanwhile. */
export interface Timed {
	seconds: number;
	/** For how long the event loop stood still at most, in milliseconds. On a busy machine, also because others ran. */
	standstillMs: number;
}

/** How often the event loop is looked at, which counts as well. */
const resolution = 1;

export async function timed(work: () => Promise<unknown>): Promise<Timed> {
	const delays = monitorEventLoopDelay({ resolution });
	delays.enable();
	const startedAt = performance.now();
	await work();
	const seconds = (performance.now() - startedAt) / 1000;
	delays.disable();
	return { seconds, standstillMs: Math.max(0, delays.max / 1e6 - resolution) };
}
