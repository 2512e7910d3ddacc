import type { Found } from '../found';
import type { Pace } from '../pace';
import type { Read } from '../reads';
import { dateOf } from './dateOf';
import type { Memory } from './state';
import { newestOf } from './state';
import type { CreatedWatch, Dated, Standing } from './watch';

/** The context of one poll. */
export interface CreatedPoll<R> {
	watch: CreatedWatch<R>;
	memory: Memory;
	pace: Pace;
	found: Array<Found<R>>;
	/** By our own clock. */
	nowMs: number;
	/** IDs of all records read in this poll. */
	arrivedIds: Set<string>;
}

/**
 * Decides about one record: an event, pending, or settled without an event.
 * @returns false if there is no time to request proof; the record will be read again
 */
export async function consider<R extends Dated>(poll: CreatedPoll<R>, record: R, read: Read): Promise<boolean> {
	const { memory, watch } = poll;
	const { id } = record;
	poll.arrivedIds.add(id);
	const date = dateOf(record.created_at, poll.nowMs);
	// Without a date it must count as new, now and whenever it is read again, or it would be lost.
	const createdAt = date ?? Math.max(read.newest, newestOf(memory));
	read.newest = Math.max(read.newest, createdAt);
	if (memory.settled.has(id)) {
		if (date === undefined) memory.settled.set(id, createdAt);
		return true;
	}
	const isPending = memory.pending.has(id);
	// In a list that the user has added, or that is to be read again, also what is older counts from `startFrom` on.
	const isReread = (watch.rereadsLists === true || !watch.isOpenEnded) && !memory.newest.has(read.list);
	if (!isPending && !isReread && createdAt < memory.settledBefore) return true;
	const existedBefore = !isPending && createdAt < read.emitFrom;
	const standing = existedBefore ? watch.standingOf(record) : await proveStanding(poll, record);
	if (standing === undefined) return false;
	if (standing === 'pending') {
		memory.pending.set(id, { createdAt, list: read.list });
		return true;
	}
	memory.pending.delete(id);
	memory.settled.set(id, createdAt);
	if (standing === 'reached' && !existedBefore) poll.found.push({ key: id, at: createdAt, list: read.list, record });
	return true;
}

/** The standing, after requesting proof if necessary; undefined if there is no time to request it. */
async function proveStanding<R extends Dated>(poll: CreatedPoll<R>, record: R): Promise<Standing | undefined> {
	const { watch, memory, pace } = poll;
	const standing = watch.standingOf(record);
	if (standing !== 'unproven') return standing;
	if (!pace.hasCapacity(poll.found.length)) return undefined;
	const wasFound = memory.pending.get(record.id)?.foundAt !== undefined;
	const isProven = wasFound || (await watch.isProven(record));
	pace.advance();
	return isProven === undefined ? 'pending' : isProven ? 'reached' : 'never';
}
