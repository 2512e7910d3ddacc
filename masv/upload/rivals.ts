import type { MasvClient } from '../client';
import type { Guard } from '../transfer/guard';
import { checkAll, createGuard, joinGuards } from '../transfer/guard';
import type { Lease, Leases } from '../transfer/lease';
import type { Delivery } from './delivery';

/** What another delivery has noted about places of this one. */
export interface Traces {
	/** Of its latest run. */
	fence: number;
	/** Places where it has left something unfinished. */
	unfinishedAt: ReadonlySet<string>;
}

/** Other deliveries to the same package, which may be at work or may have ended halfway. By their keys. */
export interface Rivals {
	/** Whether it is known if the run that left the traces is alive, and nobody else can continue what it left. */
	hasWatched(key: string, traces: Traces): boolean;
	/**
	 * Watches for a sign of life those that have not been watched. Takes half a minute for one that ended halfway. If it has
	 * left something unfinished, its lease is this run's then.
	 */
	watch(found: ReadonlyMap<string, Traces>): Promise<void>;
	/** Those that were seen to be alive. */
	alive: ReadonlySet<string>;
	/** Those whose work may be continued. Its own delivery is one of them. */
	ended: ReadonlySet<string>;
	/** Checks the leases that this run has. */
	guard: Guard;
	/** Gives back the leases that were needed for nothing but this place. */
	leave(place: string): Promise<void>;
	release(): Promise<void>;
}

export function createRivals(
	client: MasvClient,
	leases: Leases | undefined,
	{ key: own, guard }: Pick<Delivery, 'key' | 'guard'>,
): Rivals {
	/** By key, the fence of the latest run that was watched. */
	const watched = new Map([[own, Infinity]]);
	const ended = new Set([own]);
	const alive = new Set<string>();
	const held = new Map<string, { lease: Lease; guard: Guard; places: Set<string> }>();
	const hasWatched = (key: string, { fence, unfinishedAt }: Traces): boolean => {
		if ((watched.get(key) ?? -1) < fence) return false;
		return key === own || !ended.has(key) || [...unfinishedAt].every((place) => held.get(key)?.places.has(place));
	};
	const watchOne = async (key: string, { fence, unfinishedAt }: Traces): Promise<void> => {
		const known = held.get(key);
		if (known !== undefined) for (const place of unfinishedAt) known.places.add(place);
		if (known !== undefined) return;
		watched.set(key, fence);
		alive.delete(key);
		ended.delete(key);
		const lease = await leases?.take(key, { signal: client.signal });
		if (lease === 'held') alive.add(key);
		if (lease === undefined || lease === 'held') return;
		ended.add(key);
		watched.set(key, lease.fence);
		if (unfinishedAt.size === 0) await lease.release();
		else held.set(key, { lease, guard: createGuard(lease, client.clock), places: new Set(unfinishedAt) });
	};
	const checkHeld = (): Promise<void> | undefined =>
		held.size === 0 ? undefined : checkAll(Array.from(held.values(), (each) => each.guard));
	return {
		hasWatched,
		watch: async (found) => {
			const unknown = [...found].filter(([key, traces]) => !hasWatched(key, traces));
			// All at once: each that is silent takes half a minute.
			const results = await Promise.allSettled(unknown.map(async ([key, traces]) => await watchOne(key, traces)));
			const failure = results.find(({ status }) => status === 'rejected');
			if (failure?.status === 'rejected') throw failure.reason;
		},
		alive,
		ended,
		guard: joinGuards(guard, { check: checkHeld }),
		leave: async (place) => {
			for (const [key, { lease, places }] of [...held]) {
				if (!places.delete(place) || places.size > 0) continue;
				held.delete(key);
				await lease.release();
			}
		},
		release: async () => {
			const leftOver = [...held.values()];
			held.clear();
			for (const { lease } of leftOver) await lease.release();
		},
	};
}
