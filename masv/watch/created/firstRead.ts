import { maxPageRecords } from '../../pages';
import type { List, Read } from '../reads';
import { dateOf } from './dateOf';
import { endOfTime, lookBackMs } from './limits';
import type { Memory } from './state';
import type { Dated } from './watch';

/**
 * Decides how far back to read a list that is older than this watch, and what in it is new. What the list contains now
 * existed at activation; if reading it takes several polls, newer records did not. They can only be distinguished if
 * the list is returned newest first, as requested, or fits on one page.
 * @returns false if there is no such list
 */
export async function beginFirstRead<R extends Dated>(
	read: Read,
	list: List<R>,
	startFrom: number | undefined,
	memory: Memory,
	nowMs: number,
): Promise<boolean> {
	const response = await list.readPage({ sort: '-created_at' }, 1);
	if (response === undefined) return false;
	const { total = 0, records } = response;
	const dates = records.map((record) => dateOf(record.created_at, nowMs) ?? 0);
	const newest = Math.max(0, ...dates);
	const isWhole = records.length === total && total < maxPageRecords;
	read.from = Math.max(0, Math.min(startFrom ?? endOfTime, newest - lookBackMs));
	read.emitFrom = Math.min(startFrom ?? endOfTime, isWhole || isNewestFirst(dates) ? newest + 1 : endOfTime);
	read.newest = newest;
	memory.activatedAt = Math.max(memory.activatedAt, newest);
	return true;
}

/** False if all dates are the same: then the order is unknown. */
function isNewestFirst(dates: number[]): boolean {
	const isSorted = dates.every((date, index) => date <= (dates[index - 1] ?? endOfTime));
	return isSorted && Math.max(0, ...dates) > (dates.at(-1) ?? 0);
}
