import { keepPendingMs, lookBackMs, maxGoneIds } from './limits';
import type { Memory } from './state';
import { newestOf } from './state';

/** When everything has been read that was to be: only then nothing is left that an older date could still be needed for. */
export function endRound(memory: Memory, lists: ReadonlyArray<{ name: string }>): void {
	memory.isReady = true;
	const newest = newestOf(memory);
	memory.sweptTo ??= newest;
	memory.settledBefore = Math.max(memory.settledBefore, newest - lookBackMs);
	for (const [id, createdAt] of memory.settled) if (createdAt < memory.settledBefore) memory.settled.delete(id);
	for (const [name, last] of memory.newest) {
		if (last < memory.settledBefore && !lists.some((list) => list.name === name)) memory.newest.delete(name);
	}
	for (const [id, { createdAt, foundAt = createdAt }] of memory.pending) {
		if (foundAt < newest - keepPendingMs) memory.pending.delete(id);
	}
}

/**
 * Without dates there is no floor that ids are forgotten by: there it is done when a list that was read as a whole does not
 * show them any more. Not at once, in case an answer was incomplete.
 */
export function forgetGone(memory: Memory, arrivedIds: ReadonlySet<string>): void {
	if (arrivedIds.size === 0 || memory.settled.size <= arrivedIds.size + maxGoneIds) return;
	for (const id of memory.settled.keys()) if (!arrivedIds.has(id)) memory.settled.delete(id);
}
