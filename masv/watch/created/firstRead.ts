import { toTime } from '../../dates';
import { maxPageRecords } from '../../pages';
import type { List, Read } from '../reads';
import { endOfTime, lookBackMs } from './limits';
import type { Memory } from './state';
import type { Dated } from './watch';

/**
 * The first read of a list that is older than this watch. What it holds by now was there at activation; should reading it
 * take several polls, what is newer than its newest record is not. That needs a list that comes newest first when asked to.
 * @returns false: there is no such list
 */
export async function beginFirstRead<R extends Dated>(
	read: Read,
	list: List<R>,
	startFrom: number | undefined,
	memory: Memory,
): Promise<boolean> {
	const answer = await list.readPage({ sort: '-created_at' }, 1);
	if (answer === undefined) return false;
	const { total = 0, records } = answer;
	const dates = records.map((record) => toTime(record.created_at) ?? 0);
	const newest = Math.max(0, ...dates);
	const isWhole = records.length === total && total < maxPageRecords;
	read.from = Math.max(0, Math.min(startFrom ?? endOfTime, newest - lookBackMs));
	read.emitFrom = Math.min(startFrom ?? endOfTime, isWhole || isNewestFirst(dates) ? newest + 1 : endOfTime);
	read.newest = newest;
	memory.activatedAt = Math.max(memory.activatedAt, newest);
	return true;
}

/** Dates that are all the same do not tell what the list is sorted by. */
function isNewestFirst(dates: number[]): boolean {
	const isSorted = dates.every((date, index) => date <= (dates[index - 1] ?? endOfTime));
	return isSorted && Math.max(0, ...dates) > (dates.at(-1) ?? 0);
}
