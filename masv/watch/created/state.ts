import { z } from 'zod';

import { readSchema } from '../reads';
import type { ListChoice } from './watch';

const pendingSchema = z.object({
	createdAt: z.number(),
	list: z.string(),
	/** The newest date of all when the event was found, but there was no time to hand it over. */
	foundAt: z.number().optional(),
});
type Pending = z.infer<typeof pendingSchema>;

/**
 * What is remembered from poll to poll. Plain JSON; all times are milliseconds of the server's clock, which is the only one
 * that is asked about: ours may be days off.
 */
export const createdStateSchema = z.object({
	/** False until everything that was there at activation has been read once. */
	isReady: z.boolean(),
	/** What was created up to then was there at activation, in whatever list it shows up. */
	activatedAt: z.number(),
	/** What was created before and is not open is settled for good. */
	settledBefore: z.number(),
	/** The newest date in each list; 0: it was empty. */
	newest: z.record(z.string(), z.number()),
	/** What is settled, by id, with its date: emitted, there before activation, or never to come. From the floor on. */
	settled: z.record(z.string(), z.number()),
	/** What has been seen and may still have its event, or had no time to be handed over. */
	pending: z.record(z.string(), pendingSchema),
	/** What the last poll had no time for. */
	reads: z.array(readSchema),
	/** When the look-back was last read again; our own clock. */
	sweptAt: z.number(),
	/** The newest date of all by then. */
	sweptTo: z.number().optional(),
	/** Where looking after the open ones goes on. */
	recheckCursor: z.number(),
});
export type CreatedState = z.infer<typeof createdStateSchema>;

/** The state while a poll works with it. */
export interface Memory extends Omit<CreatedState, 'newest' | 'settled' | 'pending'> {
	newest: Map<string, number>;
	settled: Map<string, number>;
	pending: Map<string, Pending>;
}

export function toMemory<R>(before: CreatedState | undefined, choice: ListChoice<R>, nowMs: number): Memory {
	if (before === undefined) return newMemory(choice, nowMs);
	// A list that the user has taken out and puts back later begins anew; a portal that is gone for a while does not.
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
	return {
		isReady: false,
		activatedAt: Math.max(0, ...lists.map(({ createdAt }) => createdAt ?? 0)),
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
