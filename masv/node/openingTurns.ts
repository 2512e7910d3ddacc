import { setImmediate as nextIteration } from 'node:timers/promises';

/**
 * For connections that are opened at the same time: each waits for its turn, with other work of the process between two of them. Opening
 * 64 TLS connections at once would stop everything else for 50 ms.
 */
export function createOpeningTurns(): () => Promise<void> {
	let last: Promise<void> = Promise.resolve();
	return async () => {
		last = last.then(async () => await nextIteration());
		await last;
	};
}
