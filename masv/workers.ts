import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';

/** Runs what it is given, at most so many at one time, first come, first served. */
export type Limit = LimitFunction;

export function createLimit(max: number): Limit {
	return pLimit(max);
}

/**
 * Does `work` for each item, at most `limit` at a time, in the order of the items. After the first failure nothing more is
 * begun, and `signal` tells what is under way to stop; only when all of that has ended is the failure thrown, so that nothing
 * goes on behind the caller's back.
 * @param outer stops all of it too, through the same `signal`
 * @returns the results in the order of the items
 */
export async function mapParallel<T, R>(
	items: readonly T[],
	limit: number,
	work: (item: T, signal: AbortSignal) => Promise<R>,
	outer?: AbortSignal,
): Promise<R[]> {
	const [only] = items;
	// One alone has nobody to stop. With thousands of small files, of one part each, that is worth something.
	if (items.length === 1 && outer !== undefined) return [await work(only as T, outer)];
	const stop = new AbortController();
	const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
	const limited = createLimit(limit);
	let failed: { error: unknown } | undefined;
	const results = await Promise.all(
		items.map((item) =>
			limited(async () => {
				if (failed !== undefined) return undefined;
				try {
					return await work(item, signal);
				} catch (error) {
					failed ??= { error };
					stop.abort(error);
					return undefined;
				}
			}),
		),
	);
	if (failed !== undefined) throw failed.error;
	return results as R[];
}
