import type { Read } from '../reads';
import { aroundMs, maxLooks, never, overlapMs, sweepEveryMs, togetherMs } from './limits';
import type { Memory } from './state';
import { newestOf } from './state';
import type { ListChoice } from './watch';

/** Everything since the last time in each list, the open records that this leaves out, and the look-back when it is time. */
export function planRound<R>(memory: Memory, choice: ListChoice<R>, nowMs: number): Read[] {
	const scans = choice.lists.map(({ name }) => planScan(memory, name, choice.isOpenEnded));
	const sweeps = planSweeps(memory, scans, nowMs);
	return [...scans, ...planLooks(memory, [...scans, ...sweeps]), ...sweeps];
}

function planScan(memory: Memory, name: string, isOpenEnded: boolean): Read {
	const newest = memory.newest.get(name);
	// What is before the floor is settled, also in a list that nothing has come into for long.
	if (newest !== undefined) return readOf(name, { from: Math.max(memory.floor, newest - overlapMs), isScan: true });
	if (!memory.isReady || !isOpenEnded) return readOf(name, { page: 0, isScan: true });
	return readOf(name, { from: memory.floor, emitFrom: memory.since + 1, isScan: true });
}

/** The part of the look-back in each list that its scan leaves out; none until it is time. */
function planSweeps(memory: Memory, scans: Read[], nowMs: number): Read[] {
	const newest = newestOf(memory);
	// Also when our clock was set back, or stands still.
	const isTime = Math.abs(nowMs - memory.sweptAt) >= sweepEveryMs || newest - (memory.sweptTo ?? 0) >= sweepEveryMs;
	if (!memory.isReady || !isTime) return [];
	memory.sweptAt = nowMs;
	memory.sweptTo = newest;
	return scans
		.filter(({ from }) => from > memory.floor)
		.map(({ list, from }) => readOf(list, { from: memory.floor, to: from }));
}

interface Look {
	read: Read;
	/** Whether an event in it only has to be handed over. */
	hasFound: boolean;
}

/** One read for each group of open records that are not read anyway; those that only have to be handed over come first. */
function planLooks(memory: Memory, reads: Read[]): Read[] {
	const names = new Set(reads.map((read) => read.list));
	const looks = [...names].flatMap((name) => groupOpen(memory, name, reads));
	looks.sort((a, b) => a.read.from - b.read.from);
	const next = looks.findIndex(({ read }) => read.from > memory.lookedAt);
	const turn = next < 0 ? looks : [...looks.slice(next), ...looks.slice(0, next)];
	const chosen = turn.sort((a, b) => Number(b.hasFound) - Number(a.hasFound)).slice(0, maxLooks);
	memory.lookedAt = chosen.at(-1)?.read.from ?? 0;
	return chosen.map(({ read }) => read);
}

/** The open records of one list that `reads` leave out, those that were created close together in one. */
function groupOpen(memory: Memory, name: string, reads: Read[]): Look[] {
	const ofList = reads.filter((read) => read.list === name && read.page > 0);
	const isRead = (created: number): boolean =>
		ofList.some((read) => read.from <= created && created <= (read.to ?? never));
	const open = [...memory.open.values()].filter(({ list, created }) => list === name && !isRead(created));
	const looks: Look[] = [];
	for (const { created, foundAt } of open.sort((a, b) => a.created - b.created)) {
		let last = looks.at(-1);
		if (last === undefined || created - (last.read.to ?? 0) > togetherMs) {
			last = { read: readOf(name, { from: created - aroundMs }), hasFound: false };
			looks.push(last);
		}
		last.read.to = created + aroundMs;
		last.hasFound ||= foundAt !== undefined;
	}
	return looks;
}

function readOf(list: string, more: Partial<Read>): Read {
	return { list, from: 0, page: 1, count: 0, newest: 0, emitFrom: 0, isScan: false, ...more };
}
