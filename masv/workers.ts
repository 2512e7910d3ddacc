import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';

/** Runs functions in the order of the calls, with limited concurrency. */
export type Limit = LimitFunction;

export function createLimit(concurrency: number): Limit {
	return pLimit(concurrency);
}

/**
 * As {@link mapParallel}, without results: an item is taken when there is time for it, so that there may be any number of them.
 */
export async function forEachParallel<T>(
	items: Iterable<T>,
	limit: number,
	work: (item: T, signal: AbortSignal) => Promise<void>,
	outerSignal?: AbortSignal,
): Promise<void> {
	const left = items[Symbol.iterator]();
	let next = left.next();
	if (next.done === true) return;
	let hasFailed = false;
	const workOff = async (_: number, signal: AbortSignal): Promise<void> => {
		while (next.done !== true && !hasFailed) {
			const { value } = next;
			next = left.next();
			try {
				await work(value, signal);
			} catch (error) {
				hasFailed = true;
				throw error;
			}
		}
	};
	const workers = Array.from({ length: limit }, (_, index) => index);
	await mapParallel(workers, limit, workOff, outerSignal);
}

/**
 * Calls `work` for each item in order, at most `limit` at a time. After the first failure, no further item is started and
 * `signal` is aborted. The error is thrown when all calls have ended, so that none continues in the background.
 * @param outerSignal its abort also aborts `signal`
 * @returns the results in the order of the items
 */
export async function mapParallel<T, R>(
	items: readonly T[],
	limit: number,
	work: (item: T, signal: AbortSignal) => Promise<R>,
	outerSignal?: AbortSignal,
): Promise<R[]> {
	const [only] = items;
	// A single item needs no signal of its own. This matters with thousands of small files of one part each.
	if (items.length === 1 && outerSignal !== undefined) return [await work(only as T, outerSignal)];
	const stop = new AbortController();
	const signal = outerSignal === undefined ? stop.signal : AbortSignal.any([outerSignal, stop.signal]);
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

/** Never rejects, so that it may be awaited later. */
export function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
	return work.then(
		(value) => ({ status: 'fulfilled', value }),
		(reason: unknown) => ({ status: 'rejected', reason }),
	);
}
