import { z } from 'zod';

import { toDate, toTime } from '../dates';
import { maxPageRecords } from '../pages';
import type { Pace } from './pace';
import type { List, Read } from './reads';
import { readSchema, workOff } from './reads';

/**
 * What a record says about the event that is waited for: it has happened; it may still happen; it never will; or that cannot
 * be seen from the record alone.
 */
export type Standing = 'reached' | 'pending' | 'never' | 'unproven';

/** Records with a date of creation, each of which has its event once or never. */
export interface CreatedWatch<R> {
	lists: ReadonlyArray<List<R>>;
	/**
	 * Whether lists come and go by themselves (the portals of a team) rather than by the user's choice. What a list of the
	 * first kind holds that was created since activation is new, what one of the second kind holds was there before.
	 */
	isOpenEnded: boolean;
	/** Emit also what was created from then on; milliseconds. */
	startFrom: number | undefined;
	standingOf: (record: R) => Standing;
	/** Asked about what is `unproven`. Undefined: not now, but perhaps later. */
	isProven: (record: R) => Promise<boolean | undefined>;
}

/** One event, found. */
export interface Found<R> {
	/** Of the event; the same event has the same key at every poll. */
	key: string;
	/** What events are put in order by; milliseconds. */
	at: number;
	list: string;
	record: R;
}

export interface Polled<R, S> {
	found: Array<Found<R>>;
	/** What the next poll has to know, when all that was found is handed over but what is in `left`. */
	stateWithout: (left: ReadonlyArray<Found<R>>) => S;
}

type Dated = { id: string; created_at?: string };

const openSchema = z.object({
	created: z.number(),
	list: z.string(),
	/** The newest date of all when the event was found, but there was no time to hand it over. */
	foundAt: z.number().optional(),
});
type Open = z.infer<typeof openSchema>;

/**
 * What is remembered from poll to poll. Plain JSON; all times are milliseconds of the server's clock, which is the only one
 * that is asked about: ours may be days off.
 */
export const createdStateSchema = z.object({
	/** False until everything that was there at activation has been read once. */
	isReady: z.boolean(),
	/** What was created up to then was there at activation, in whatever list it shows up. */
	since: z.number(),
	/** What was created before and is not open is settled for good. */
	floor: z.number(),
	/** The newest date in each list; 0: it was empty. */
	newest: z.record(z.string(), z.number()),
	/** What is settled, by id, with its date: emitted, there before activation, or never to come. From the floor on. */
	seen: z.record(z.string(), z.number()),
	/** What has been seen and may still have its event, or had no time to be handed over. */
	open: z.record(z.string(), openSchema),
	/** What the last poll had no time for. */
	reads: z.array(readSchema),
	/** When the look-back was last read again; our own clock. */
	sweptAt: z.number(),
	/** The newest date of all by then. */
	sweptTo: z.number().optional(),
	/** Where looking after the open ones goes on. */
	lookedAt: z.number(),
});
export type CreatedState = z.infer<typeof createdStateSchema>;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Read anew at every poll, because a record may show up a little later than one that was created after it: servers' clocks
 * differ, and lists lag behind.
 */
const overlapMs = hour;

/**
 * How far back a record may be that shows up late. MASV does not say whether its lists show a package while it is uploaded;
 * should one not, the package shows up when it is finalized, with the date of its beginning. Package tokens, and with them
 * uploads, live about a week.
 */
export const lookBackMs = 14 * day;

/** How often all of the look-back is read again. */
const sweepEveryMs = 15 * minute;

/** After that an unfinished record is given up, and one that was found but is not there any more. */
const openForMs = 30 * day;

/** Filters by date may or may not include their ends. */
const aroundMs = second;

/** Open records that were created so close together are looked after with one request. */
const togetherMs = 10 * minute;

/** Requests per round for open records; beyond that they take turns. The sweep finds them as well. */
const maxLooks = 20;

/** Ids of records without a date that are remembered although they are gone. */
const maxGone = 1_000;

/** Nothing that is there before activation is emitted: a date beyond all. */
const never = Number.MAX_SAFE_INTEGER;

interface Memory extends Omit<CreatedState, 'newest' | 'seen' | 'open'> {
	newest: Map<string, number>;
	seen: Map<string, number>;
	open: Map<string, Open>;
}

/**
 * One poll: everything since the last one, the open records, and from time to time the whole look-back. Whether something is
 * emitted depends on its id alone, never on the order or completeness of an answer.
 * @param before undefined at the first poll, which emits nothing but what `startFrom` asks for
 * @param nowMs by our own clock; only how long ago the last sweep was depends on it, and on what came since
 */
export async function pollCreated<R extends Dated>(
	watch: CreatedWatch<R>,
	before: CreatedState | undefined,
	pace: Pace,
	nowMs: number,
): Promise<Polled<R, CreatedState>> {
	const memory = toMemory(before, watch, nowMs);
	const found: Array<Found<R>> = [];
	/** The ids that came in this poll. */
	const came = new Set<string>();

	const consider = async (record: R, read: Read): Promise<boolean> => {
		const { id } = record;
		came.add(id);
		const open = memory.open.get(id);
		const date = toTime(record.created_at);
		// Without a date it cannot be told from the newest ones, now and whenever it shows up again.
		const created = date ?? Math.max(read.newest, newestOf(memory));
		read.newest = Math.max(read.newest, created);
		if (memory.seen.has(id)) {
			if (date === undefined) memory.seen.set(id, created);
			return true;
		}
		if (open === undefined && created < memory.floor) return true;
		const wasBefore = open === undefined && created < read.emitFrom;
		let standing = watch.standingOf(record);
		if (standing === 'unproven' && !wasBefore) {
			if (!pace.goesOn(found.length)) return false;
			const isProven = open?.foundAt !== undefined || (await watch.isProven(record));
			pace.advance();
			standing = isProven === undefined ? 'pending' : isProven ? 'reached' : 'never';
		}
		if (standing === 'pending') {
			memory.open.set(id, { created, list: read.list });
			return true;
		}
		memory.open.delete(id);
		memory.seen.set(id, created);
		if (standing === 'reached' && !wasBefore) found.push({ key: id, at: created, list: read.list, record });
		return true;
	};

	const readAll = async (): Promise<void> => {
		await workOff(memory.reads, {
			lists: watch.lists,
			pace,
			queryOf: ({ from, to }) => ({ created_at_start: toDate(from), created_at_end: toDate(to), sort: 'created_at' }),
			prepare: async (read, list) => await beginFirstRead(read, list, watch.startFrom, memory),
			consider,
			finish: ({ isScan, list, newest, from, count }) => {
				if (!isScan) return;
				memory.newest.set(list, Math.max(newest, memory.newest.get(list) ?? 0));
				if (from === 0 && came.size >= count && watch.lists.length === 1) forgetGone(memory, came);
			},
			found: () => found.length,
		});
		if (memory.reads.length === 0) endRound(memory, watch.lists);
	};

	if (memory.reads.length > 0) await readAll();
	if (memory.reads.length === 0) {
		memory.reads = planRound(memory, watch, nowMs);
		await readAll();
	}
	return {
		found,
		stateWithout: (left) => {
			for (const { key, at, list } of left) {
				memory.seen.delete(key);
				memory.open.set(key, { created: at, list, foundAt: Math.max(at, memory.since, newestOf(memory)) });
			}
			return toState(memory);
		},
	};
}

/** Everything since the last time in each list, the open records that this leaves out, and the look-back when it is time. */
function planRound<R>(memory: Memory, watch: CreatedWatch<R>, nowMs: number): Read[] {
	const scans = watch.lists.map(({ name }): Read => {
		const newest = memory.newest.get(name);
		// What is before the floor is settled, also in a list that nothing has come into for long.
		if (newest !== undefined) return readOf(name, { from: Math.max(memory.floor, newest - overlapMs), isScan: true });
		if (!memory.isReady || !watch.isOpenEnded) return readOf(name, { page: 0, isScan: true });
		return readOf(name, { from: memory.floor, emitFrom: memory.since + 1, isScan: true });
	});
	const sweeps: Read[] = [];
	const newest = newestOf(memory);
	// Also when our clock was set back, or stands still.
	const isTime = Math.abs(nowMs - memory.sweptAt) >= sweepEveryMs || newest - (memory.sweptTo ?? 0) >= sweepEveryMs;
	if (memory.isReady && isTime) {
		memory.sweptAt = nowMs;
		memory.sweptTo = newest;
		for (const scan of scans) {
			if (scan.from > memory.floor) sweeps.push(readOf(scan.list, { from: memory.floor, to: scan.from }));
		}
	}
	return [...scans, ...planLooks(memory, [...scans, ...sweeps]), ...sweeps];
}

/** One read for each group of open records that are not read anyway; those that only have to be handed over come first. */
function planLooks(memory: Memory, reads: Read[]): Read[] {
	const looks: Read[] = [];
	const found = new Set<Read>();
	const open = [...memory.open.values()].sort((a, b) => a.created - b.created);
	for (const list of new Set(reads.map((read) => read.list))) {
		const isRead = (created: number): boolean =>
			reads.some(
				(read) => read.list === list && read.page > 0 && read.from <= created && created <= (read.to ?? never),
			);
		let last: Read | undefined;
		for (const { created, foundAt } of open.filter((each) => each.list === list && !isRead(each.created))) {
			if (last === undefined || created - (last.to ?? 0) > togetherMs) {
				last = readOf(list, { from: created - aroundMs });
				looks.push(last);
			}
			last.to = created + aroundMs;
			if (foundAt !== undefined) found.add(last);
		}
	}
	looks.sort((a, b) => a.from - b.from);
	const next = looks.findIndex(({ from }) => from > memory.lookedAt);
	const turn = next < 0 ? looks : [...looks.slice(next), ...looks.slice(0, next)];
	const chosen = turn.sort((a, b) => Number(found.has(b)) - Number(found.has(a))).slice(0, maxLooks);
	memory.lookedAt = chosen.at(-1)?.from ?? 0;
	return chosen;
}

/**
 * The first read of a list that is older than this watch. What it holds by now was there at activation; should reading it
 * take several polls, what is newer than its newest record is not. That needs a list that comes newest first when asked to.
 * @returns false: there is no such list
 */
async function beginFirstRead<R extends Dated>(
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
	// Dates that are all the same do not tell what the list is sorted by.
	const isNewestFirst =
		newest > (dates.at(-1) ?? 0) && dates.every((date, index) => date <= (dates[index - 1] ?? never));
	read.from = Math.max(0, Math.min(startFrom ?? never, newest - lookBackMs));
	read.emitFrom = Math.min(startFrom ?? never, isWhole || isNewestFirst ? newest + 1 : never);
	read.newest = newest;
	memory.since = Math.max(memory.since, newest);
	return true;
}

/** When everything has been read that was to be: only then nothing is left that an older date could still be needed for. */
function endRound(memory: Memory, lists: ReadonlyArray<{ name: string }>): void {
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
function forgetGone(memory: Memory, came: ReadonlySet<string>): void {
	if (came.size === 0 || memory.seen.size <= came.size + maxGone) return;
	for (const id of memory.seen.keys()) if (!came.has(id)) memory.seen.delete(id);
}

function newestOf(memory: Memory): number {
	return Math.max(0, ...memory.newest.values());
}

function readOf(list: string, more: Partial<Read>): Read {
	return { list, from: 0, page: 1, count: 0, newest: 0, emitFrom: 0, isScan: false, ...more };
}

function toMemory<R>(before: CreatedState | undefined, watch: CreatedWatch<R>, nowMs: number): Memory {
	if (before === undefined) {
		const since = Math.max(0, ...watch.lists.map(({ createdAt }) => createdAt ?? 0));
		return {
			isReady: false,
			since,
			floor: 0,
			newest: new Map(),
			seen: new Map(),
			open: new Map(),
			reads: [],
			sweptAt: nowMs,
			lookedAt: 0,
		};
	}
	// A list that the user has taken out and puts back later begins anew; a portal that is gone for a while does not.
	const isKept = (name: string): boolean => watch.isOpenEnded || watch.lists.some((list) => list.name === name);
	return {
		...before,
		newest: new Map(Object.entries(before.newest).filter(([name]) => isKept(name))),
		seen: new Map(Object.entries(before.seen)),
		open: new Map(Object.entries(before.open).filter(([, { list }]) => isKept(list))),
		reads: before.reads
			.filter((read) => watch.lists.some((list) => list.name === read.list))
			.map((read) => ({ ...read })),
	};
}

function toState(memory: Memory): CreatedState {
	return {
		...memory,
		newest: Object.fromEntries(memory.newest),
		seen: Object.fromEntries(memory.seen),
		open: Object.fromEntries(memory.open),
		reads: memory.reads.map((read) => ({ ...read })),
	};
}
