import type { Clock } from './clock';

/** Takes a few milliseconds for the dearest steps, which validate a line of a record. */
export const stepsPerTurn = 1_000;

/**
 * Takes a step for each item of a long list, with pauses in which other work of the process can go on: hundreds of thousands
 * of steps at once would stop all of n8n for seconds.
 */
export async function inTurns<T>(
	items: Iterable<T>,
	clock: Pick<Clock, 'sleep'>,
	step: (item: T) => Promise<void> | void,
): Promise<void> {
	let taken = 0;
	for (const item of items) {
		if (taken > 0 && taken % stepsPerTurn === 0) await clock.sleep(0);
		const done = step(item);
		if (done !== undefined) await done;
		taken++;
	}
}
