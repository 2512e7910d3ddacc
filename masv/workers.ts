import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';

/** Runs functions in the order of the calls, with limited concurrency. */
export type Limit = LimitFunction;

export function createLimit(max: number): Limit {
	return pLimit(max);
}

/**
 * Calls `work` for each item, in the order of the items and at most `limit` at a time. After the first failure no more
 * calls are started, and `signal` cancels the running ones. The failure is thrown when all of them have ended, so that
 * nothing continues in the background.
 * @param outer cancels all calls too, through the same `signal`
 * @returns the results in the order of the items
 */
export async function mapParallel<T, R>(
	items: readonly T[],
	limit: number,
	work: (item: T, signal: AbortSignal) => Promise<R>,
	outer?: AbortSignal,
): Promise<R[]> {
	const [only] = items;
	// A single call has no others to cancel. This saves time with thousands of small files of one part each.
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
