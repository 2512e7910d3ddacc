import type { Lease, Leases } from '../../../masv/transfer/lease';
import type { Traces } from '../../../masv/upload/rivals';
import { createRivals } from '../../../masv/upload/rivals';
import { failureOf, nockClient } from '../../support/nockMasv';

const guard = { check: () => Promise.resolve() };

/** Leases of these deliveries: alive, or taken over and lost again. */
function leasesOf(
	answers: Record<string, 'held' | 'free' | 'lost' | 'broken'>,
	fence = 1,
): { leases: Leases; events: string[] } {
	const events: string[] = [];
	const take: Leases['take'] = (key) => {
		events.push(`take ${key}`);
		const answer = answers[key];
		if (answer === 'broken') return Promise.reject(new Error('EIO'));
		if (answer === 'held') return Promise.resolve('held');
		const lease: Lease = {
			fence,
			isHeld: () => Promise.resolve(answer === 'free'),
			release: () => Promise.resolve(void events.push(`release ${key}`)),
		};
		return Promise.resolve(lease);
	};
	return { leases: { take }, events };
}

const rivalsOf = (leases: Leases | undefined) => createRivals(nockClient(), leases, { key: 'own', guard });

/** What they have left at places. */
const traces = (found: Record<string, string[]>, fence = 1): Map<string, Traces> =>
	new Map(Object.entries(found).map(([key, places]) => [key, { fence, unfinishedAt: new Set(places) }]));

describe('other deliveries to a package', () => {
	it('are alive, or have ended; what they left unfinished is held until the end of this run; each is watched once', async () => {
		const { leases, events } = leasesOf({ a: 'held', b: 'free' });
		const rivals = rivalsOf(leases);
		await rivals.watch(traces({ a: ['x'], b: ['x'] }));
		await rivals.watch(traces({ a: ['x'], b: ['x'] }));
		expect([[...rivals.alive], [...rivals.ended]]).toEqual([['a'], ['own', 'b']]);
		await rivals.guard.check();
		await rivals.release();
		expect(events).toEqual(['take a', 'take b', 'release b']);
	});

	it('are given back at once if they left nothing unfinished', async () => {
		const { leases, events } = leasesOf({ b: 'free' });
		const rivals = rivalsOf(leases);
		await rivals.watch(traces({ b: [] }));
		expect([events, [...rivals.ended]]).toEqual([
			['take b', 'release b'],
			['own', 'b'],
		]);
		await rivals.guard.check();
		expect(rivals.hasWatched('b', { fence: 1, unfinishedAt: new Set() })).toBe(true);
		// Something that a frozen run noted late.
		expect(rivals.hasWatched('b', { fence: 1, unfinishedAt: new Set(['x']) })).toBe(false);
	});

	it('are given back once nothing of them is left to be done', async () => {
		const { leases, events } = leasesOf({ b: 'free' });
		const rivals = rivalsOf(leases);
		await rivals.watch(traces({ b: ['x', 'y'] }));
		await rivals.leave('x');
		await rivals.leave('z');
		expect(events).toEqual(['take b']);
		await rivals.leave('y');
		await rivals.release();
		expect(events).toEqual(['take b', 'release b']);
		await rivals.guard.check();
	});

	it('are watched again when a later run of them has begun', async () => {
		const { leases, events } = leasesOf({ a: 'held' });
		const rivals = rivalsOf(leases);
		await rivals.watch(traces({ a: [] }));
		expect(rivals.hasWatched('a', { fence: 2, unfinishedAt: new Set() })).toBe(false);
		await rivals.watch(traces({ a: [] }, 2));
		expect(events).toEqual(['take a', 'take a']);
	});

	it('that were alive are so no longer once a later run of them has ended', async () => {
		const answers: Record<string, 'held' | 'free'> = { a: 'held' };
		const rivals = rivalsOf(leasesOf(answers).leases);
		await rivals.watch(traces({ a: [] }));
		answers.a = 'free';
		await rivals.watch(traces({ a: [] }, 2));
		expect([[...rivals.alive], [...rivals.ended]]).toEqual([[], ['own', 'a']]);
	});

	it('are not watched again for what any run before this one has noted late', async () => {
		const { leases, events } = leasesOf({ a: 'free', b: 'free' }, 3);
		const rivals = rivalsOf(leases);
		await rivals.watch(traces({ a: [], b: ['x'] }));
		await rivals.watch(traces({ a: [], b: ['x'] }, 2));
		expect(events).toEqual(['take a', 'take b', 'release a']);
		expect(rivals.hasWatched('b', { fence: 2, unfinishedAt: new Set(['x']) })).toBe(true);
	});

	it('stop this run when one of them is taken over by a third one', async () => {
		const rivals = rivalsOf(leasesOf({ b: 'lost' }).leases);
		await rivals.watch(traces({ b: ['x'] }));
		expect(await failureOf(rivals.guard.check())).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('are neither alive nor ended without leases', async () => {
		const rivals = rivalsOf(undefined);
		const found = traces({ a: ['x'] });
		await rivals.watch(found);
		const isWatched = [...found].every(([key, each]) => rivals.hasWatched(key, each));
		expect([isWatched, rivals.alive.size, [...rivals.ended]]).toEqual([true, 0, ['own']]);
	});

	it('are released although watching another one fails', async () => {
		const { leases, events } = leasesOf({ a: 'broken', b: 'free' });
		const rivals = rivalsOf(leases);
		expect((await failureOf(rivals.watch(traces({ a: ['x'], b: ['x'] })))).message).toBe('EIO');
		await rivals.release();
		expect(events).toContain('release b');
	});
});
