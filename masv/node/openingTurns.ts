import { setImmediate as nextIteration } from 'node:timers/promises';

/** Takes about ten milliseconds with TLS. */
const openedAtOnce = 8;

/**
 * For connections that are opened at the same time: only a few are opened in one iteration of the event loop. Opening 64 TLS
 * connections at once would stop everything else for 50 ms.
 * @returns undefined if one may be opened at once
 */
export function createOpeningTurns(): () => Promise<void> | undefined {
	let opened = 0;
	let next: Promise<void> | undefined;
	const take = (): boolean => {
		next ??= nextIteration().then(() => {
			opened = 0;
			next = undefined;
		});
		if (opened === openedAtOnce) return false;
		opened++;
		return true;
	};
	const wait = async (): Promise<void> => {
		while (!take()) await next;
	};
	return () => (take() ? undefined : wait());
}
