import type { Clock } from './clock';

/** Takes a few milliseconds for the dearest steps, which validate a line of a record. */
export const stepsPerTurn = 1_000;

/** As how many steps one counts that only looks something up or enters it. */
export const quickly = (): number => 0.2;

/**
 * Takes a step for each item of a long list, with pauses in which other work of the process can go on: hundreds of thousands
 * of steps at once would stop all of n8n for seconds.
 * @param stepsOf as how many steps an item counts
 */
export async function inTurns<T>(
	items: Iterable<T>,
	clock: Pick<Clock, 'sleep'>,
	step: (item: T) => Promise<void> | void,
	stepsOf: (item: T) => number = () => 1,
): Promise<void> {
	let taken = 0;
	for (const item of items) {
		if (taken >= stepsPerTurn) {
			await clock.sleep(0);
			taken = 0;
		}
		const done = step(item);
		if (done !== undefined) await done;
		taken += stepsOf(item);
	}
}
