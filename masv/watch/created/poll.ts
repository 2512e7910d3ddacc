import { toDate } from '../../dates';
import type { Found, FoundKey, Polled } from '../found';
import type { Pace } from '../pace';
import type { Read } from '../reads';
import { runReads } from '../reads';
import type { CreatedPoll } from './consider';
import { consider } from './consider';
import { beginFirstRead } from './firstRead';
import { endRound, forgetGone } from './forget';
import { planRound } from './plan';
import type { CreatedState, Memory } from './state';
import { newestOf, toMemory, toState } from './state';
import type { CreatedWatch, Dated } from './watch';

/**
 * One poll: finishes the round of the last poll and begins a new one; README.md explains both. Whether an event is emitted
 * depends on its ID alone, never on the order or completeness of a response.
 * @param before undefined at the first poll, which emits only what `startFrom` requests
 * @param nowMs by our own clock; used only to decide when a sweep is due, and which dates cannot be true
 */
export async function pollCreated<R extends Dated>(
	watch: CreatedWatch<R>,
	before: CreatedState | undefined,
	pace: Pace,
	nowMs: number,
): Promise<Polled<Found<R>, CreatedState>> {
	const memory = toMemory(before, watch, nowMs);
	const poll: CreatedPoll<R> = { watch, memory, pace, nowMs, found: [], arrivedIds: new Set() };
	if (memory.reads.length > 0) await readAll(poll);
	if (memory.reads.length === 0) {
		memory.reads = planRound(memory, watch, nowMs);
		await readAll(poll);
	}
	return {
		found: poll.found,
		stateWithout: (postponed) => {
			returnToPending(memory, postponed);
			return toState(memory);
		},
	};
}

async function readAll<R extends Dated>(poll: CreatedPoll<R>): Promise<void> {
	const { watch, memory, pace, nowMs, found } = poll;
	await runReads(memory.reads, {
		lists: watch.lists,
		pace,
		queryOf: ({ from, to }) => ({ created_at_start: toDate(from), created_at_end: toDate(to), sort: 'created_at' }),
		prepare: async (read, list) => await beginFirstRead(read, list, watch.startFrom, memory, nowMs),
		consider: async (record, read) => await consider(poll, record, read),
		finish: (read) => finish(poll, read),
		foundCount: () => found.length,
	});
	if (memory.reads.length === 0) endRound(memory, watch.lists);
}

function finish<R>({ watch, memory, arrivedIds }: CreatedPoll<R>, { isScan, list, newest, from, count }: Read): void {
	if (!isScan) return;
	memory.newest.set(list, Math.max(newest, memory.newest.get(list) ?? 0));
	if (from === 0 && arrivedIds.size >= count && watch.lists.length === 1) forgetGone(memory, arrivedIds);
}

/** Makes events that were found but not emitted pending again. */
function returnToPending(memory: Memory, postponed: readonly FoundKey[]): void {
	for (const { key, at, list } of postponed) {
		memory.settled.delete(key);
		memory.pending.set(key, { createdAt: at, list, foundAt: Math.max(at, memory.activatedAt, newestOf(memory)) });
	}
}
