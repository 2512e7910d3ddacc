import type { Clock } from './clock';
import { LongMap } from './longCollections';

/** The clock of work that pauses. */
type PausingClock = Pick<Clock, 'sleep' | 'busyMs'>;

/** So many steps that only compute take a few milliseconds at most, once V8 has compiled them. */
const stepsPerTurn = 1_000;

/** Milliseconds. A machine may be slow, and so may be what a step asks, such as a disk on a network. */
const longestTurn = 10;

/** For `stepsOf`: a step that only looks something up or adds it to a list takes a fifth of the time of others. */
export const quickly = (): number => 0.2;

/**
 * Asked before each step of long work, also by several who share it. Pauses for all of them after many steps, or some
 * milliseconds, so that other work of the process can go on: hundreds of thousands of steps at once would stop all of n8n for seconds.
 * @param steps as how many steps it counts
 * @returns undefined if the step may be taken at once
 */
export type Turns = (steps?: number) => Promise<void> | undefined;

export function createTurns(clock: PausingClock): Turns {
	let taken = 0;
	let pause: Promise<void> | undefined;
	const isLong = (): boolean => (clock.busyMs?.() ?? 0) >= longestTurn;
	return (steps = 1) => {
		if (taken >= stepsPerTurn || (taken > 0 && pause === undefined && isLong())) {
			taken = 0;
			const begun = clock.sleep(0).finally(() => {
				if (pause === begun) pause = undefined;
			});
			pause = begun;
		}
		taken += steps;
		return pause;
	};
}

/**
 * Takes a step for each item of a long list, in turns with other work of the process, see {@link Turns}.
 * @param stepsOf as how many steps an item counts
 */
export async function inTurns<T>(
	items: Iterable<T>,
	clock: PausingClock,
	step: (item: T) => Promise<void> | void,
	stepsOf: (item: T) => number = () => 1,
): Promise<void> {
	const turn = createTurns(clock);
	for (const item of items) {
		const pause = turn(stepsOf(item));
		if (pause !== undefined) await pause;
		const done = step(item);
		if (done !== undefined) await done;
	}
}

/** As `Array.map`, in turns with other work of the process, see {@link Turns}. */
export async function mapInTurns<T, R>(
	items: Iterable<T>,
	clock: PausingClock,
	toResult: (item: T) => R,
): Promise<R[]> {
	const results: R[] = [];
	await inTurns(items, clock, (item) => void results.push(toResult(item)));
	return results;
}

/** As `Map.groupBy`, in turns with other work of the process, see {@link Turns}. */
export async function groupInTurns<K, T>(
	items: Iterable<T>,
	clock: PausingClock,
	keyOf: (item: T) => K,
): Promise<Map<K, T[]>> {
	const groups = new LongMap<K, T[]>();
	const add = (item: T): void => {
		const key = keyOf(item);
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [item]);
		else group.push(item);
	};
	await inTurns(items, clock, add, quickly);
	return groups;
}

/** How many items are sorted at once. */
const sortedAtOnce = 500;

/**
 * Sorts a long list in turns with other work of the process, see {@link Turns}: 100,000 items at once would stop all of n8n.
 * @returns a new list, in which equal items keep their order
 */
export async function sortInTurns<T>(
	items: readonly T[],
	clock: PausingClock,
	compare: (a: T, b: T) => number,
): Promise<T[]> {
	const turn = createTurns(clock);
	let runs: T[][] = [];
	for (let start = 0; start < items.length; start += sortedAtOnce) {
		const pause = turn(sortedAtOnce);
		if (pause !== undefined) await pause;
		runs.push(items.slice(start, start + sortedAtOnce).sort(compare));
	}
	while (runs.length > 1) {
		const longer: T[][] = [];
		for (let index = 0; index < runs.length; index += 2) {
			longer.push(await merge(runs[index] ?? [], runs[index + 1] ?? [], turn, compare));
		}
		runs = longer;
	}
	return runs[0] ?? [];
}

async function merge<T>(
	left: readonly T[],
	right: readonly T[],
	turn: Turns,
	compare: (a: T, b: T) => number,
): Promise<T[]> {
	const merged: T[] = [];
	let [fromLeft, fromRight] = [0, 0];
	while (fromLeft < left.length && fromRight < right.length) {
		const pause = turn(quickly());
		if (pause !== undefined) await pause;
		const [first, second] = [left[fromLeft] as T, right[fromRight] as T];
		if (compare(second, first) < 0) {
			merged.push(second);
			fromRight++;
		} else {
			merged.push(first);
			fromLeft++;
		}
	}
	return [...merged, ...left.slice(fromLeft), ...right.slice(fromRight)];
}
