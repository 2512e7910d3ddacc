import { keepPendingMs, lookBackMs, maxGoneIds } from './limits';
import type { Memory } from './state';
import { newestOf } from './state';

/** Moves `settledBefore` on. Only at the end of a round, because until then a read may still need older IDs. */
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
 * Undated records never fall behind `settledBefore`. Their IDs are dropped when a complete read of the list no longer
 * contains them; some are kept, in case a response was incomplete.
 */
export function forgetGone(memory: Memory, arrivedIds: ReadonlySet<string>): void {
	if (arrivedIds.size === 0 || memory.settled.size <= arrivedIds.size + maxGoneIds) return;
	for (const id of memory.settled.keys()) if (!arrivedIds.has(id)) memory.settled.delete(id);
}
