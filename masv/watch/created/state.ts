import { z } from 'zod';

import { readSchema } from '../reads';
import type { ListChoice } from './watch';

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

/** The state while a poll works with it. */
export interface Memory extends Omit<CreatedState, 'newest' | 'seen' | 'open'> {
	newest: Map<string, number>;
	seen: Map<string, number>;
	open: Map<string, Open>;
}

export function toMemory<R>(before: CreatedState | undefined, choice: ListChoice<R>, nowMs: number): Memory {
	if (before === undefined) return newMemory(choice, nowMs);
	// A list that the user has taken out and puts back later begins anew; a portal that is gone for a while does not.
	const isKept = (name: string): boolean => choice.isOpenEnded || choice.lists.some((list) => list.name === name);
	return {
		...before,
		newest: new Map(Object.entries(before.newest).filter(([name]) => isKept(name))),
		seen: new Map(Object.entries(before.seen)),
		open: new Map(Object.entries(before.open).filter(([, { list }]) => isKept(list))),
		reads: before.reads
			.filter((read) => choice.lists.some((list) => list.name === read.list))
			.map((read) => ({ ...read })),
	};
}

function newMemory<R>({ lists }: ListChoice<R>, nowMs: number): Memory {
	return {
		isReady: false,
		since: Math.max(0, ...lists.map(({ createdAt }) => createdAt ?? 0)),
		floor: 0,
		newest: new Map(),
		seen: new Map(),
		open: new Map(),
		reads: [],
		sweptAt: nowMs,
		lookedAt: 0,
	};
}

export function toState(memory: Memory): CreatedState {
	return {
		...memory,
		newest: Object.fromEntries(memory.newest),
		seen: Object.fromEntries(memory.seen),
		open: Object.fromEntries(memory.open),
		reads: memory.reads.map((read) => ({ ...read })),
	};
}

/** The newest date in all lists. */
export function newestOf(memory: Memory): number {
	return Math.max(0, ...memory.newest.values());
}
