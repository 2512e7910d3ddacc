import type { Dispatcher, Pool } from 'undici';
import { errors } from 'undici';

/** What sends requests, and ends their connections. undici's dispatchers are some. */
export interface RequestDispatcher {
	dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean;
	/** Ends all connections, and fails all requests. */
	destroy(): Promise<void>;
}

/**
 * A pool of connections for each origin. undici's Agent does the same, but takes longer for each request, and there are five for each
 * of thousands of small files.
 * @param create a pool for an origin
 */
export function createPools(create: (origin: string) => Pool): RequestDispatcher {
	return new Pools(create);
}

class Pools implements RequestDispatcher {
	readonly #create: (origin: string) => Pool;
	readonly #pools = new Map<string, Pool>();
	#isDestroyed = false;

	constructor(create: (origin: string) => Pool) {
		this.#create = create;
	}

	dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
		if (this.#isDestroyed) throw new errors.ClientDestroyedError();
		const origin = String(options.origin);
		return (this.#pools.get(origin) ?? this.#open(origin)).dispatch(options, handler);
	}

	async destroy(): Promise<void> {
		this.#isDestroyed = true;
		const pools = [...this.#pools.values()];
		// What has been forgotten is not closed when its connections end: undici rejects to close what is destroyed.
		this.#pools.clear();
		await Promise.all(pools.map(async (pool) => await pool.destroy()));
	}

	#open(origin: string): Pool {
		const pool = this.#create(origin);
		this.#pools.set(origin, pool);
		// A process that runs for months meets many hosts of the storage.
		const forgetUnused = (): void => {
			const { connected, size } = pool.stats;
			if (connected > 0 || size > 0 || this.#pools.get(origin) !== pool) return;
			this.#pools.delete(origin);
			void pool.close();
		};
		pool.on('disconnect', forgetUnused).on('connectionError', forgetUnused);
		return pool;
	}
}
