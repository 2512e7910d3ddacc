import { toTime } from '../../dates';
import type { Found } from '../found';
import type { Pace } from '../pace';
import type { Read } from '../reads';
import type { Memory } from './state';
import { newestOf } from './state';
import type { CreatedWatch, Dated, Standing } from './watch';

/** What one poll works with. */
export interface CreatedPoll<R> {
	watch: CreatedWatch<R>;
	memory: Memory;
	pace: Pace;
	found: Array<Found<R>>;
	/** The ids that came in this poll. */
	came: Set<string>;
}

/**
 * Takes in one record, and the event that it may be.
 * @returns false: no time for this one; it will come again
 */
export async function consider<R extends Dated>(poll: CreatedPoll<R>, record: R, read: Read): Promise<boolean> {
	const { memory, watch } = poll;
	const { id } = record;
	poll.came.add(id);
	const date = toTime(record.created_at);
	// Without a date it cannot be told from the newest ones, now and whenever it shows up again.
	const created = date ?? Math.max(read.newest, newestOf(memory));
	read.newest = Math.max(read.newest, created);
	if (memory.seen.has(id)) {
		if (date === undefined) memory.seen.set(id, created);
		return true;
	}
	const isOpen = memory.open.has(id);
	if (!isOpen && created < memory.floor) return true;
	const wasBefore = !isOpen && created < read.emitFrom;
	const standing = wasBefore ? watch.standingOf(record) : await proveStanding(poll, record);
	if (standing === undefined) return false;
	if (standing === 'pending') {
		memory.open.set(id, { created, list: read.list });
		return true;
	}
	memory.open.delete(id);
	memory.seen.set(id, created);
	if (standing === 'reached' && !wasBefore) poll.found.push({ key: id, at: created, list: read.list, record });
	return true;
}

/** Undefined: no time to ask for proof. */
async function proveStanding<R extends Dated>(poll: CreatedPoll<R>, record: R): Promise<Standing | undefined> {
	const { watch, memory, pace } = poll;
	const standing = watch.standingOf(record);
	if (standing !== 'unproven') return standing;
	if (!pace.goesOn(poll.found.length)) return undefined;
	const wasFound = memory.open.get(record.id)?.foundAt !== undefined;
	const isProven = wasFound || (await watch.isProven(record));
	pace.advance();
	return isProven === undefined ? 'pending' : isProven ? 'reached' : 'never';
}
