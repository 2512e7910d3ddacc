import type { Lease, Leases } from '../../../masv/transfer/lease';
import { createRivals } from '../../../masv/upload/rivals';
import { failureOf, nockClient } from '../../support/nockMasv';

const guard = { check: () => Promise.resolve() };

/** Leases of these deliveries: alive, or taken over and lost again. */
function leasesOf(answers: Record<string, 'held' | 'free' | 'lost' | 'broken'>): { leases: Leases; events: string[] } {
	const events: string[] = [];
	const take: Leases['take'] = (key) => {
		events.push(`take ${key}`);
		const answer = answers[key];
		if (answer === 'broken') return Promise.reject(new Error('EIO'));
		if (answer === 'held') return Promise.resolve('held');
		const lease: Lease = {
			fence: 1,
			isHeld: () => Promise.resolve(answer === 'free'),
			release: () => Promise.resolve(void events.push(`release ${key}`)),
		};
		return Promise.resolve(lease);
	};
	return { leases: { take }, events };
}

const rivalsOf = (leases: Leases | undefined) => createRivals(nockClient(), leases, { key: 'own', guard });

describe('other deliveries to a package', () => {
	it('are alive, or have ended and are held until the end of this run; each is watched once', async () => {
		const { leases, events } = leasesOf({ a: 'held', b: 'free' });
		const rivals = rivalsOf(leases);
		await rivals.watch(['own', 'a', 'b']);
		await rivals.watch(['a', 'b', 'b']);
		expect([[...rivals.alive], [...rivals.ended]]).toEqual([['a'], ['own', 'b']]);
		await rivals.guard.check();
		await rivals.release();
		expect(events).toEqual(['take a', 'take b', 'release b']);
	});

	it('stop this run when one of them is taken over by a third one', async () => {
		const rivals = rivalsOf(leasesOf({ b: 'lost' }).leases);
		await rivals.watch(['b']);
		expect(await failureOf(rivals.guard.check())).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('are neither alive nor ended without leases', async () => {
		const rivals = rivalsOf(undefined);
		await rivals.watch(['a']);
		expect([rivals.hasWatched('a'), rivals.alive.size, [...rivals.ended]]).toEqual([true, 0, ['own']]);
	});

	it('are released although watching another one fails', async () => {
		const { leases, events } = leasesOf({ a: 'broken', b: 'free' });
		const rivals = rivalsOf(leases);
		expect((await failureOf(rivals.watch(['a', 'b']))).message).toBe('EIO');
		await rivals.release();
		expect(events).toContain('release b');
	});
});
