import type { Clock } from '../../masv/clock';
import type { Worker } from './worker';

/** The history begins at this time. */
export const epochMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/**
 * The clock of a worker: the history's, but it may be wrong by `skewMs`, and set to another time while the worker runs. Its
 * waits end as events of the worker.
 */
export function simClock(worker: Worker, skewMs: number): Clock {
	let wrongMs = skewMs;
	if (worker.dice.chance(0.05)) {
		worker.after(worker.dice.between(0, 60_000), () => {
			wrongMs = worker.dice.pick([0, -3_600_000, 3_600_000]);
			worker.note(`its clock is now wrong by ${wrongMs / 1000} s`);
		});
	}
	return {
		now: () => Math.round(epochMs + worker.timeline.nowMs + wrongMs),
		random: () => worker.dice.share(),
		timeout: (ms) => {
			const controller = new AbortController();
			worker.after(ms, () => controller.abort(new Error('The time is up')));
			return controller.signal;
		},
		sleep: async (ms, signal) =>
			await new Promise<void>((resolve, reject) => {
				if (signal?.aborted === true) return reject(signal.reason as Error);
				const onAbort = (): void => {
					cancel();
					reject(signal?.reason as Error);
				};
				const cancel = worker.after(ms, () => {
					signal?.removeEventListener('abort', onAbort);
					resolve();
				});
				signal?.addEventListener('abort', onAbort, { once: true });
			}),
	};
}
