import type { Read } from '../reads';
import { boundaryMs, endOfTime, groupWithinMs, maxRechecks, overlapMs, sweepEveryMs } from './limits';
import type { Memory } from './state';
import { newestOf } from './state';
import type { CreatedWatch, Dated } from './watch';

/**
 * What to read in a round: scans of each list, rechecks of pending records that those miss, and sweeps when they are
 * due.
 */
export function planRound<R extends Dated>(
	memory: Memory,
	watch: Pick<CreatedWatch<R>, 'lists' | 'isOpenEnded' | 'rereadsLists'>,
	nowMs: number,
): Read[] {
	const isWhole = !watch.isOpenEnded || watch.rereadsLists === true;
	const scans = watch.lists.map(({ name }) => planScan(memory, name, isWhole));
	const sweeps = planSweeps(memory, scans, nowMs);
	return [...scans, ...planRechecks(memory, [...scans, ...sweeps]), ...sweeps];
}

/** @param isWhole whether a list that was not read before is read from the beginning, whenever it appears */
function planScan(memory: Memory, name: string, isWhole: boolean): Read {
	const newest = memory.newest.get(name);
	if (newest !== undefined) {
		// Everything before is settled, even in a list in which nothing has appeared for a long time.
		return readOf(name, { from: Math.max(memory.settledBefore, newest - overlapMs), isScan: true });
	}
	if (!memory.isReady || isWhole) return readOf(name, { page: 0, isScan: true });
	return readOf(name, { from: memory.settledBefore, emitFrom: memory.activatedAt + 1, isScan: true });
}

/** The part of the look-back before each scan; none until a sweep is due. */
function planSweeps(memory: Memory, scans: Read[], nowMs: number): Read[] {
	const newest = newestOf(memory);
	// Also due if our clock was set back, or has stopped.
	const isDue = Math.abs(nowMs - memory.sweptAt) >= sweepEveryMs || newest - (memory.sweptTo ?? 0) >= sweepEveryMs;
	if (!memory.isReady || !isDue) return [];
	memory.sweptAt = nowMs;
	memory.sweptTo = newest;
	return scans
		.filter(({ from }) => from > memory.settledBefore)
		.map(({ list, from }) => readOf(list, { from: memory.settledBefore, to: from }));
}

interface Recheck {
	read: Read;
	/** Whether it contains an event that has already been found and only has to be emitted. */
	hasFound: boolean;
}

/**
 * One read for each group of pending records that `reads` miss, in rotation; events that only have to be emitted come
 * first.
 */
function planRechecks(memory: Memory, reads: Read[]): Read[] {
	const names = new Set(reads.map((read) => read.list));
	const rechecks = [...names].flatMap((name) => groupPending(memory, name, reads));
	rechecks.sort((a, b) => a.read.from - b.read.from);
	const next = rechecks.findIndex(({ read }) => read.from > memory.recheckCursor);
	const turn = next < 0 ? rechecks : [...rechecks.slice(next), ...rechecks.slice(0, next)];
	const chosen = turn.sort((a, b) => Number(b.hasFound) - Number(a.hasFound)).slice(0, maxRechecks);
	memory.recheckCursor = chosen.at(-1)?.read.from ?? 0;
	return chosen.map(({ read }) => read);
}

/** Groups pending records of one list that `reads` miss and that were created close together. */
function groupPending(memory: Memory, name: string, reads: Read[]): Recheck[] {
	const ofList = reads.filter((read) => read.list === name && read.page > 0);
	const isRead = (createdAt: number): boolean =>
		ofList.some((read) => read.from <= createdAt && createdAt <= (read.to ?? endOfTime));
	const pending = [...memory.pending.values()].filter(({ list, createdAt }) => list === name && !isRead(createdAt));
	const rechecks: Recheck[] = [];
	for (const { createdAt, foundAt } of pending.sort((a, b) => a.createdAt - b.createdAt)) {
		let last = rechecks.at(-1);
		if (last === undefined || createdAt - (last.read.to ?? 0) > groupWithinMs) {
			last = { read: readOf(name, { from: createdAt - boundaryMs }), hasFound: false };
			rechecks.push(last);
		}
		last.read.to = createdAt + boundaryMs;
		last.hasFound ||= foundAt !== undefined;
	}
	return rechecks;
}

function readOf(list: string, more: Partial<Read>): Read {
	return { list, from: 0, page: 1, count: 0, newest: 0, emitFrom: 0, isScan: false, ...more };
}
