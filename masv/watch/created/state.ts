import { z } from 'zod';

import { readSchema } from '../reads';
import { isPossible } from './dateOf';
import type { ListChoice } from './watch';

const pendingSchema = z.object({
	createdAt: z.number(),
	list: z.string(),
	/** Set if the event was found but postponed: the newest date of all at that time. */
	foundAt: z.number().optional(),
});
type Pending = z.infer<typeof pendingSchema>;

/**
 * What is stored between polls; README.md explains it. Plain JSON; times are milliseconds of the server's clock unless
 * noted: ours may be days off.
 */
export const createdStateSchema = z.object({
	/** False until everything that existed at activation has been read once. */
	isReady: z.boolean(),
	/** What was created up to then existed at activation, whichever list it appears in. */
	activatedAt: z.number(),
	/** What was created before and is not pending is settled, so its ID is no longer stored. */
	settledBefore: z.number(),
	/** The newest date in each list, by name; 0 if it was empty. */
	newest: z.record(z.string(), z.number()),
	/** Date by ID of what was emitted, existed before activation, or will never have its event. From `settledBefore` on. */
	settled: z.record(z.string(), z.number()),
	/** By ID, what may still have its event, or has had it and was postponed. */
	pending: z.record(z.string(), pendingSchema),
	/** What is left of the current round. */
	reads: z.array(readSchema),
	/** When the last sweep was planned, by our own clock. */
	sweptAt: z.number(),
	/** The newest date of all at that time. */
	sweptTo: z.number().optional(),
	/** Where the next round continues with rechecks: the start of the last one. */
	recheckCursor: z.number(),
});
export type CreatedState = z.infer<typeof createdStateSchema>;

/** The state while a poll is working with it. */
export interface Memory extends Omit<CreatedState, 'newest' | 'settled' | 'pending'> {
	newest: Map<string, number>;
	settled: Map<string, number>;
	pending: Map<string, Pending>;
}

export function toMemory<R>(before: CreatedState | undefined, choice: ListChoice<R>, nowMs: number): Memory {
	if (before === undefined) return newMemory(choice, nowMs);
	// A list that the user removes and adds again later starts over; a portal that disappears for a while does not.
	const isKept = (name: string): boolean => choice.isOpenEnded || choice.lists.some((list) => list.name === name);
	return {
		...before,
		newest: new Map(Object.entries(before.newest).filter(([name]) => isKept(name))),
		settled: new Map(Object.entries(before.settled)),
		pending: new Map(Object.entries(before.pending).filter(([, { list }]) => isKept(list))),
		reads: before.reads
			.filter((read) => choice.lists.some((list) => list.name === read.list))
			.map((read) => ({ ...read })),
	};
}

function newMemory<R>({ lists }: ListChoice<R>, nowMs: number): Memory {
	const begun = lists.map(({ createdAt = 0 }) => createdAt).filter((at) => isPossible(at, nowMs));
	return {
		isReady: false,
		activatedAt: Math.max(0, ...begun),
		settledBefore: 0,
		newest: new Map(),
		settled: new Map(),
		pending: new Map(),
		reads: [],
		sweptAt: nowMs,
		recheckCursor: 0,
	};
}

export function toState(memory: Memory): CreatedState {
	return {
		...memory,
		newest: Object.fromEntries(memory.newest),
		settled: Object.fromEntries(memory.settled),
		pending: Object.fromEntries(memory.pending),
		reads: memory.reads.map((read) => ({ ...read })),
	};
}

/** The newest date in all lists. */
export function newestOf(memory: Memory): number {
	return Math.max(0, ...memory.newest.values());
}
