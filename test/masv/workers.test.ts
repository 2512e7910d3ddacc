import { createLimit, forEachParallel, mapParallel } from '../../masv/workers';
import { failureOf } from '../support/failureOf';

/** Work that ends when the test says so. */
function controlled() {
	const begun: string[] = [];
	const signals = new Map<string, AbortSignal>();
	const under = new Map<string, PromiseWithResolvers<string>>();
	const work = async (item: string, signal: AbortSignal): Promise<string> => {
		const job = Promise.withResolvers<string>();
		begun.push(item);
		signals.set(item, signal);
		under.set(item, job);
		return await job.promise;
	};
	return {
		begun,
		work,
		signalOf: (item: string) => signals.get(item) as AbortSignal,
		finish: (item: string) => under.get(item)?.resolve(item.toUpperCase()),
		fail: (item: string, error: unknown) => under.get(item)?.reject(error),
	};
}

/** Whatever can happen by now has happened. */
const settled = async () => await new Promise((resolve) => setImmediate(resolve));

describe('mapParallel', () => {
	it('returns the results in the order of the items, whatever ends first', async () => {
		const { work, finish } = controlled();
		const results = mapParallel(['a', 'b', 'c'], 3, work);
		await settled();
		for (const item of ['c', 'a', 'b']) finish(item);
		expect(await results).toEqual(['A', 'B', 'C']);
	});

	it('begins in the order of the items, the next one when one has ended', async () => {
		const { begun, work, finish } = controlled();
		const results = mapParallel(['a', 'b', 'c', 'd'], 2, work);
		await settled();
		expect(begun).toEqual(['a', 'b']);
		finish('b');
		await settled();
		expect(begun).toEqual(['a', 'b', 'c']);
		finish('a');
		finish('c');
		await settled();
		expect(begun).toEqual(['a', 'b', 'c', 'd']);
		finish('d');
		expect(await results).toEqual(['A', 'B', 'C', 'D']);
	});

	it.each([1, 3, 50])('does at most %i at a time, and never fewer while there are more', async (limit) => {
		let now = 0;
		const counts: number[] = [];
		const items = Array.from({ length: 50 }, (_, index) => index);
		const results = await mapParallel(items, limit, async (item) => {
			counts.push(++now);
			await settled();
			now--;
			return item;
		});
		expect(results).toEqual(items);
		expect(Math.max(...counts)).toBe(limit);
	});

	it('does nothing for an empty list', async () => {
		const { begun, work } = controlled();
		expect(await mapParallel([], 3, work)).toEqual([]);
		expect(begun).toEqual([]);
	});

	it('begins nothing more after a failure, and throws it only when all that was under way has ended', async () => {
		const { begun, work, finish, fail } = controlled();
		let isOver = false;
		const failed = failureOf(mapParallel(['a', 'b', 'c', 'd', 'e'], 3, work)).finally(() => (isOver = true));
		await settled();
		const reason = new Error('The first');
		fail('b', reason);
		await settled();
		expect([begun, isOver]).toEqual([['a', 'b', 'c'], false]);
		finish('a');
		await settled();
		expect([begun, isOver]).toEqual([['a', 'b', 'c'], false]);
		fail('c', new Error('Another, later'));
		expect(await failed).toBe(reason);
		expect(begun).toEqual(['a', 'b', 'c']);
	});

	it('tells the others to stop, and why', async () => {
		const { work, signalOf, finish, fail } = controlled();
		const failed = failureOf(mapParallel(['a', 'b'], 2, work));
		await settled();
		expect(signalOf('a').aborted).toBe(false);
		const reason = new Error('The first');
		fail('b', reason);
		await settled();
		expect([signalOf('a').aborted, signalOf('a').reason]).toEqual([true, reason]);
		finish('a');
		await failed;
	});

	it.each([
		['alone', ['a']],
		['among others', ['a', 'b', 'c']],
	])('throws what work throws at once, %s', async (_, items) => {
		const reason = new Error('At once');
		const failed = mapParallel(items, 2, () => {
			throw reason;
		});
		expect(await failureOf(failed)).toBe(reason);
	});

	it('throws a failure that is no error as it is', async () => {
		expect(await failureOf(mapParallel(['a', 'b'], 1, async () => await Promise.reject(undefined)))).toBeUndefined();
	});

	it('stops all of it when the signal from outside aborts', async () => {
		const stop = new AbortController();
		const begun: string[] = [];
		const untilStopped = async (item: string, signal: AbortSignal) => {
			begun.push(item);
			return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
		};
		const failed = failureOf(mapParallel(['a', 'b', 'c'], 2, untilStopped, stop.signal));
		await settled();
		const reason = new Error('Enough');
		stop.abort(reason);
		expect(await failed).toBe(reason);
		expect(begun).toEqual(['a', 'b']);
	});

	it('does not abort the signal from outside when something fails', async () => {
		const outer = new AbortController();
		await failureOf(mapParallel(['a', 'b'], 2, async () => await Promise.reject(new Error('No')), outer.signal));
		expect(outer.signal.aborted).toBe(false);
	});

	it('gives one item alone the signal from outside itself', async () => {
		const { signal } = new AbortController();
		const given: AbortSignal[] = [];
		const work = (item: string, its: AbortSignal) => {
			given.push(its);
			return Promise.resolve(item);
		};
		expect(await mapParallel(['a'], 3, work, signal)).toEqual(['a']);
		expect(given[0]).toBe(signal);
		await mapParallel(['a'], 3, work);
		expect(given[1]?.aborted).toBe(false);
	});
});

describe('forEachParallel', () => {
	it('takes an item only when there is time for it, from items without end', async () => {
		const taken: number[] = [];
		function* endless(): Generator<number> {
			for (let item = 0; ; item++) {
				taken.push(item);
				yield item;
			}
		}
		const reason = new Error('Enough');
		const work = async (item: number): Promise<void> => {
			await settled();
			if (item === 20) throw reason;
		};
		expect(await failureOf(forEachParallel(endless(), 3, work))).toBe(reason);
		expect(taken.length).toBeLessThan(30);
	});

	it('works on each item once, at most so many at a time', async () => {
		const done: number[] = [];
		let now = 0;
		let most = 0;
		await forEachParallel(new Set([1, 2, 3, 4, 5, 6, 7]), 3, async (item) => {
			most = Math.max(most, ++now);
			await settled();
			now--;
			done.push(item);
		});
		expect([done.sort(), most]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3]);
	});

	it('begins nothing more after a failure', async () => {
		const { begun, work, fail, finish } = controlled();
		const failed = failureOf(
			forEachParallel(['a', 'b', 'c'], 2, async (item, signal) => void (await work(item, signal))),
		);
		await settled();
		const reason = new Error('No');
		fail('a', reason);
		await settled();
		finish('b');
		expect(await failed).toBe(reason);
		expect(begun).toEqual(['a', 'b']);
	});

	it('never passes over items when the signal from outside aborts: its work has to say so', async () => {
		const stop = new AbortController();
		const failed = failureOf(
			forEachParallel(
				['a', 'b'],
				1,
				async (item, signal) => {
					signal.throwIfAborted();
					stop.abort(new Error(`Enough after ${item}`));
					await settled();
				},
				stop.signal,
			),
		);
		expect(await failed).toEqual(new Error('Enough after a'));
	});

	it('needs no work for no items', async () => {
		const { begun, work } = controlled();
		await forEachParallel([], 3, async (item: string, signal) => void (await work(item, signal)));
		expect(begun).toEqual([]);
	});
});

describe('createLimit', () => {
	it('runs so many at one time, first come, first served', async () => {
		const { begun, work, finish, fail } = controlled();
		const { signal } = new AbortController();
		const limit = createLimit(2);
		const run = async (item: string) => await limit(async () => await work(item, signal));
		const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(run);
		await settled();
		expect(begun).toEqual(['a', 'b']);
		const reason = new Error('No');
		const failed = failureOf(b as Promise<string>);
		fail('b', reason);
		expect(await failed).toBe(reason);
		await settled();
		expect(begun).toEqual(['a', 'b', 'c']);
		for (const item of ['a', 'c']) finish(item);
		await settled();
		finish('d');
		expect(await Promise.all([a, c, d])).toEqual(['A', 'C', 'D']);
	});
});
