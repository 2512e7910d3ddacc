import { z } from 'zod';

import { toDate } from '../dates';
import { upcomingExpiryOf } from '../packages/expiry';
import type { MasvPackage } from '../schemas';
import type { Found, FoundKey, Polled } from './found';
import type { Pace } from './pace';
import type { List, Read } from './reads';
import { readSchema, runReads } from './reads';

export interface ExpiringWatch {
	lists: ReadonlyArray<List<MasvPackage>>;
	/** How long before its expiry a package is due; milliseconds. */
	leadMs: number;
	/** Also emit what became due from then on, even before activation; milliseconds. */
	startFrom: number | undefined;
}

/** Plain JSON; milliseconds. "About to expire" depends on the current time, so here our own clock counts. */
export const expiringStateSchema = z.object({
	/** False until everything that was due at activation has been read once. */
	isReady: z.boolean(),
	/** What became due before then was due at activation. */
	activatedAt: z.number(),
	/** Expiry by event key of everything that was emitted, or was due at activation. */
	emitted: z.record(z.string(), z.number()),
	/** What is left of the current round. */
	reads: z.array(readSchema),
	/** Until `isReady`: the names of all lists in the current round. */
	plannedLists: z.array(z.string()).optional(),
});
export type ExpiringState = z.infer<typeof expiringStateSchema>;

interface Memory {
	isReady: boolean;
	activatedAt: number;
	emitted: Map<string, number>;
	reads: Read[];
	plannedLists: string[];
}

/** How long after the expiry an event is remembered, in case our clock was ahead and is set back. */
const keepEmittedMs = 30 * 24 * 3_600_000;

/**
 * One poll: every package that is due and has not been emitted. A package whose expiry is changed is emitted again.
 * @param before undefined at the first poll, which emits only what `startFrom` requests
 */
export async function pollExpiring(
	watch: ExpiringWatch,
	before: ExpiringState | undefined,
	pace: Pace,
	nowMs: number,
): Promise<Polled<Found<MasvPackage>, ExpiringState>> {
	const memory = toMemory(before, watch.startFrom ?? nowMs);
	const found: Array<Found<MasvPackage>> = [];
	if (memory.reads.length > 0) await readAll(watch, memory, pace, found);
	if (memory.reads.length === 0) {
		planRound(watch, memory, nowMs);
		await readAll(watch, memory, pace, found);
	}
	for (const [key, expiry] of memory.emitted) if (expiry < nowMs - keepEmittedMs) memory.emitted.delete(key);
	return { found, stateWithout: (postponed) => toState(memory, postponed) };
}

function planRound({ lists, leadMs }: ExpiringWatch, memory: Memory, nowMs: number): void {
	const window = { from: nowMs, to: nowMs + leadMs, emitFrom: memory.isReady ? 0 : memory.activatedAt };
	memory.plannedLists = lists.map(({ name }) => name);
	memory.reads = memory.plannedLists.map((list) => ({ list, page: 1, count: 0, newest: 0, isScan: true, ...window }));
}

async function readAll(
	watch: ExpiringWatch,
	memory: Memory,
	pace: Pace,
	found: Array<Found<MasvPackage>>,
): Promise<void> {
	await runReads(memory.reads, {
		lists: watch.lists,
		pace,
		queryOf: ({ from, to }) => ({ ...expiringQuery, expiry_start: toDate(from), expiry_end: toDate(to) }),
		prepare: async () => await Promise.resolve(true),
		consider: async (record, read) => {
			const due = findDue(record, read, memory);
			if (due !== undefined && due.at - watch.leadMs >= read.emitFrom) found.push(due);
			return await Promise.resolve(true);
		},
		finish: () => {},
		foundCount: () => found.length,
	});
	// Until every list has been read once, what was due at activation is not known.
	memory.isReady ||= memory.reads.length === 0 && watch.lists.every(({ name }) => memory.plannedLists.includes(name));
}

/** The event of a package that is due and not known yet. It is known from now on, whether it is emitted or not. */
function findDue(record: MasvPackage, { list, from, to }: Read, { emitted }: Memory): Found<MasvPackage> | undefined {
	const expiry = upcomingExpiryOf(record);
	const key = `${record.id} ${expiry}`;
	if (expiry === undefined || expiry < from || expiry > (to ?? Infinity) || emitted.has(key)) return undefined;
	emitted.set(key, expiry);
	return { key, at: expiry, list, record };
}

function toMemory(before: ExpiringState | undefined, activatedAt: number): Memory {
	return {
		isReady: before?.isReady ?? false,
		activatedAt: before?.activatedAt ?? activatedAt,
		emitted: new Map(Object.entries(before?.emitted ?? {})),
		reads: (before?.reads ?? []).map((read) => ({ ...read })),
		plannedLists: before?.plannedLists ?? [],
	};
}

function toState(
	{ isReady, activatedAt, emitted, reads, plannedLists }: Memory,
	postponed: readonly FoundKey[],
): ExpiringState {
	for (const { key } of postponed) emitted.delete(key);
	return {
		isReady,
		activatedAt,
		emitted: Object.fromEntries(emitted),
		reads: reads.map((read) => ({ ...read })),
		...(!isReady && { plannedLists }),
	};
}

/** Sorted by expiry, soonest first. */
export const expiringQuery = { status: ['finalized'], sort: 'expiry' } as const;
