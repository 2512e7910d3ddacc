import type { MasvClient } from '../client';
import type { Guard } from '../transfer/guard';
import { createGuard } from '../transfer/guard';
import type { Lease, Leases } from '../transfer/lease';
import type { Delivery } from './delivery';

/** Other deliveries to the same package, which may be at work or may have ended halfway. By their keys. */
export interface Rivals {
	hasWatched(key: string): boolean;
	/**
	 * Watches for a sign of life those that have not been watched. Takes half a minute for one that ended halfway; its lease is
	 * this run's then.
	 */
	watch(keys: Iterable<string>): Promise<void>;
	/** Those that were seen to be alive. */
	alive: ReadonlySet<string>;
	/** Those whose work may be continued, because this run has their leases. Its own delivery is one of them. */
	ended: ReadonlySet<string>;
	/** Checks the leases of all in `ended`. */
	guard: Guard;
	release(): Promise<void>;
}

export function createRivals(
	client: MasvClient,
	leases: Leases | undefined,
	{ key: own, guard }: Pick<Delivery, 'key' | 'guard'>,
): Rivals {
	const watched = new Set([own]);
	const ended = new Set([own]);
	const alive = new Set<string>();
	const held: Lease[] = [];
	const guards = [guard];
	const watchOne = async (key: string): Promise<void> => {
		const lease = await leases?.take(key, { signal: client.signal });
		if (lease === 'held') alive.add(key);
		if (lease === undefined || lease === 'held') return;
		ended.add(key);
		held.push(lease);
		guards.push(createGuard(lease, client.clock));
	};
	return {
		hasWatched: (key) => watched.has(key),
		watch: async (keys) => {
			const unknown = [...new Set(keys)].filter((key) => !watched.has(key));
			for (const key of unknown) watched.add(key);
			// All at once: each that is silent takes half a minute.
			const failure = (await Promise.allSettled(unknown.map(watchOne))).find(({ status }) => status === 'rejected');
			if (failure?.status === 'rejected') throw failure.reason;
		},
		alive,
		ended,
		guard: {
			check: async () => {
				for (const each of guards) await each.check();
			},
		},
		release: async () => {
			for (const lease of held.splice(0)) await lease.release();
		},
	};
}
