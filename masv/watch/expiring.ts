import { z } from 'zod';

import { toDate } from '../dates';
import { upcomingExpiryOf } from '../packages/expiry';
import type { MasvPackage } from '../schemas';
import type { Found, Polled } from './created';
import type { Pace } from './pace';
import type { List, Read } from './reads';
import { readSchema, workOff } from './reads';

export interface ExpiringWatch {
	lists: ReadonlyArray<List<MasvPackage>>;
	/** How long before a package expires; milliseconds. */
	leadMs: number;
	/** Emit also what became due from then on; milliseconds. */
	startFrom: number | undefined;
}

/** Plain JSON; times in milliseconds. "About to expire" depends on what time it is now: here our own clock counts. */
export const expiringStateSchema = z.object({
	/** False until everything that was due at activation has been read once. */
	isReady: z.boolean(),
	/** What became due before was due at activation. */
	since: z.number(),
	/** When what was told of expires, by the key of the event. */
	told: z.record(z.string(), z.number()),
	/** What the last poll had no time for. */
	reads: z.array(readSchema),
	/** Until `isReady`: the names of all lists that these reads were planned for. */
	lists: z.array(z.string()).optional(),
});
export type ExpiringState = z.infer<typeof expiringStateSchema>;

/** So long after its time what was told of is kept, should our clock have been ahead and be set back. */
const keepMs = 30 * 24 * 3_600_000;

/**
 * One poll: every package that is due and has not been told of. A package whose expiry is changed is told of again.
 * @param before undefined at the first poll, which emits nothing but what `startFrom` asks for
 */
export async function pollExpiring(
	watch: ExpiringWatch,
	before: ExpiringState | undefined,
	pace: Pace,
	nowMs: number,
): Promise<Polled<MasvPackage, ExpiringState>> {
	const since = before?.since ?? watch.startFrom ?? nowMs;
	let isReady = before?.isReady ?? false;
	const told = new Map(Object.entries(before?.told ?? {}));
	let reads = (before?.reads ?? []).map((read) => ({ ...read }));
	let planned = before?.lists ?? [];
	const found: Array<Found<MasvPackage>> = [];

	const readAll = async (): Promise<void> => {
		await workOff(reads, {
			lists: watch.lists,
			pace,
			queryOf: ({ from, to }) => ({ ...expiringQuery, expiry_start: toDate(from), expiry_end: toDate(to) }),
			prepare: async () => await Promise.resolve(true),
			consider: async (record, { list, from, to, emitFrom }) => {
				const expiry = upcomingExpiryOf(record);
				const isDue = expiry !== undefined && expiry >= from && expiry <= (to ?? Infinity);
				const key = `${record.id} ${expiry}`;
				if (!isDue || told.has(key)) return await Promise.resolve(true);
				told.set(key, expiry);
				if (expiry - watch.leadMs >= emitFrom) found.push({ key, at: expiry, list, record });
				return true;
			},
			finish: () => {},
			found: () => found.length,
		});
		// With a list that has not been read yet, what was due at activation is not known.
		isReady ||= reads.length === 0 && watch.lists.every(({ name }) => planned.includes(name));
	};

	if (reads.length > 0) await readAll();
	if (reads.length === 0) {
		const window = { from: nowMs, to: nowMs + watch.leadMs, emitFrom: isReady ? 0 : since };
		planned = watch.lists.map(({ name }) => name);
		reads = planned.map((list): Read => ({
			list,
			page: 1,
			count: 0,
			newest: 0,
			isScan: true,
			...window,
		}));
		await readAll();
	}
	for (const [key, expiry] of told) if (expiry < nowMs - keepMs) told.delete(key);
	return {
		found,
		stateWithout: (left) => {
			for (const { key } of left) told.delete(key);
			return {
				isReady,
				since,
				told: Object.fromEntries(told),
				reads: reads.map((read) => ({ ...read })),
				...(!isReady && { lists: planned }),
			};
		},
	};
}

/** Those that expire soonest first. */
export const expiringQuery = { status: ['finalized'], sort: 'expiry' } as const;
