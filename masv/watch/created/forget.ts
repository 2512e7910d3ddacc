import { lookBackMs, maxGone, openForMs } from './limits';
import type { Memory } from './state';
import { newestOf } from './state';

/** When everything has been read that was to be: only then nothing is left that an older date could still be needed for. */
export function endRound(memory: Memory, lists: ReadonlyArray<{ name: string }>): void {
	memory.isReady = true;
	const newest = newestOf(memory);
	memory.sweptTo ??= newest;
	memory.floor = Math.max(memory.floor, newest - lookBackMs);
	for (const [id, created] of memory.seen) if (created < memory.floor) memory.seen.delete(id);
	for (const [name, last] of memory.newest) {
		if (last < memory.floor && !lists.some((list) => list.name === name)) memory.newest.delete(name);
	}
	for (const [id, { created, foundAt = created }] of memory.open) {
		if (foundAt < newest - openForMs) memory.open.delete(id);
	}
}

/**
 * Without dates there is no floor that ids are forgotten by: there it is done when a list that was read as a whole does not
 * show them any more. Not at once, in case an answer was incomplete.
 */
export function forgetGone(memory: Memory, came: ReadonlySet<string>): void {
	if (came.size === 0 || memory.seen.size <= came.size + maxGone) return;
	for (const id of memory.seen.keys()) if (!came.has(id)) memory.seen.delete(id);
}
