import { noRetry } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { Lease, Leases } from '../../../masv/transfer/lease';
import { deliveryKey, takeDelivery } from '../../../masv/upload/delivery';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';
import { failureOf, nockClient } from '../../support/nockMasv';

const lease = (fence = 3, events: string[] = []): Lease => ({
	fence,
	isHeld: () => Promise.resolve(true),
	release: ({ forget = false } = {}) => Promise.resolve(void events.push(forget ? 'forget' : 'release')),
});
/** Answers of `take`, in order; the last one stays. */
function leasesOf(...answers: Array<Lease | 'held' | 'watched' | undefined>): Leases {
	let turn = 0;
	return {
		take: async (_key, options) => {
			const answer = answers[Math.min(turn++, answers.length - 1)];
			if (answer === 'held' || answer === 'watched') options?.onWait?.();
			return await Promise.resolve(answer === 'watched' ? lease() : answer);
		},
	};
}
const take = async (more: Partial<Parameters<typeof takeDelivery>[1]>, key: string | undefined = 'key') =>
	await takeDelivery(nockClient({ clock: instantClock() }), { journal: memoryJournal().join(), ...more }, key);

describe('a delivery', () => {
	it('has a record and a growing fence', async () => {
		const delivery = await take({ leases: leasesOf(lease()) });
		expect([delivery.fence, delivery.hasWaited, delivery.record !== undefined]).toEqual([3, false, true]);
	});

	it('fails while another run is working on it', async () => {
		expect(await failureOf(take({ leases: leasesOf('held') }))).toMatchObject({ code: 'delivery_running' });
	});

	it('waits on request, and remembers that it has', async () => {
		const delivery = await take({ leases: leasesOf('held', 'held', lease()), ifRunning: 'wait' });
		expect(delivery.hasWaited).toBe(true);
	});

	it('knows what had been sent when it began to wait, whatever is sent while it waits', async () => {
		const journal = memoryJournal().join();
		const record = await journal.open('key');
		const note = async (fence: number): Promise<void> =>
			await record.append({ kind: 'sent', fence, package: 'P1', content: 'C' });
		await note(1);
		const leases = leasesOf('held', 'held', lease(4));
		let turn = 0;
		const noting: Leases = {
			take: async (...args) => {
				if (++turn === 2) await note(2);
				return await leases.take(...args);
			},
		};
		expect((await take({ leases: noting, journal, ifRunning: 'wait' })).sentBefore).toBe(1);
		expect((await take({ leases: leasesOf('held', lease()), ifRunning: 'wait' })).sentBefore).toBe(0);
	});

	it('does not take what was sent long ago for sent meanwhile, if its record could not be read when it began to wait', async () => {
		const journal = memoryJournal().join();
		await (await journal.open('key')).append({ kind: 'sent', fence: 1, package: 'P1', content: 'C' });
		for (const failing of [
			() => Promise.reject(new Error('EIO')),
			async () => ({ ...(await journal.open('other')), hasFailed: () => true }),
		]) {
			let turn = 0;
			const open: typeof journal.open = async (key) => (++turn === 1 ? await failing() : await journal.open(key));
			const options = { leases: leasesOf('watched'), journal: { ...journal, open }, ifRunning: 'wait' as const };
			expect(await take(options)).toMatchObject({ hasWaited: false, sentBefore: Infinity });
		}
	});

	it('has not waited for a run that gave no sign of life: nobody knows when that one ended', async () => {
		expect((await take({ leases: leasesOf('watched'), ifRunning: 'wait' })).hasWaited).toBe(false);
	});

	it.each<[string, Partial<Parameters<typeof takeDelivery>[1]>]>([
		['it is sent anyway', { leases: leasesOf('held'), ifRunning: 'sendAnyway' }],
		['no lease can be had: two runs could write to one record', { leases: leasesOf(undefined) }],
	])('has no record if %s', async (_, more) => {
		const delivery = await take(more);
		expect([delivery.record, delivery.fence]).toEqual([undefined, 0]);
		await delivery.guard.check();
		await delivery.end();
	});

	it('has no record if the one there is cannot be read or written', async () => {
		const journal = memoryJournal().join();
		const open = async (key: string) => ({ ...(await journal.open(key)), hasFailed: () => true });
		expect((await take({ leases: leasesOf(lease()), journal: { ...journal, open } })).record).toBeUndefined();
	});

	it('has its record if it is to be sent anyway and no other run is at work', async () => {
		const delivery = await take({ leases: leasesOf('watched'), ifRunning: 'sendAnyway' });
		expect([delivery.record === undefined, delivery.hasWaited]).toEqual([false, false]);
	});

	it('gives its lease back when its record cannot be opened, and when it ends', async () => {
		const events: string[] = [];
		const journal = { ...memoryJournal().join(), open: () => Promise.reject(new Error('full')) };
		await failureOf(take({ leases: leasesOf(lease(1, events)), journal }));
		expect(events).toEqual(['release']);
		const delivery = await take({ leases: leasesOf(lease(1, events)) });
		await delivery.end();
		expect(events).toEqual(['release', 'release']);
	});

	it('of several in a group writes to a record of its own, and reads what the others have noted until now', async () => {
		const journal = memoryJournal().join();
		const inGroup = async (key: string, more = journal) =>
			await takeDelivery(nockClient(), { leases: leasesOf(lease()), journal: more }, key, 'group');
		const before = await journal.open('group');
		await before.append({ of: 'an earlier version' });
		const keys = ['one', 'two', 'three'];
		const deliveries = await Promise.all(keys.map(async (key) => await inGroup(key)));
		for (const [index, { record }] of deliveries.entries()) await record?.append({ of: keys[index], turn: 3 - index });
		expect([...((await deliveries[0]?.read()) ?? [])]).toEqual([
			['group', [{ of: 'an earlier version' }]],
			['group-one', [{ of: 'one', turn: 3 }]],
			['group-three', [{ of: 'three', turn: 1 }]],
			['group-two', [{ of: 'two', turn: 2 }]],
		]);
		for (const key of keys) expect((await journal.open(`group-${key}`)).lines).toMatchObject([{ of: key }]);
		const broken = await inGroup('four', { ...journal, readAll: () => Promise.resolve(undefined) });
		expect(await broken.read()).toBeUndefined();
	});

	it('of several in a group is forgotten when it ends, unless something is noted under its number', async () => {
		const journal = memoryJournal().join();
		const events: string[] = [];
		const leases = leasesOf(lease(1, events));
		const notes = [undefined, { of: 'this run' }, undefined];
		for (const note of notes) {
			const delivery = await takeDelivery(nockClient(), { leases, journal }, 'key', 'group');
			if (note !== undefined) await delivery.record?.append(note);
			await delivery.end();
		}
		expect(events).toEqual(['forget', 'release', 'release']);
	});

	it('stops waiting when the run is stopped', async () => {
		const stop = new AbortController();
		const client = nockClient({ clock: instantClock(), signal: stop.signal });
		const leases: Leases = {
			take: () => {
				stop.abort();
				return Promise.resolve('held');
			},
		};
		const waiting = takeDelivery(client, { leases, ifRunning: 'wait' }, 'key');
		expect(await failureOf(waiting)).toMatchObject({ code: 'cancelled' });
	});
});

describe('the key of a delivery', () => {
	const client = nockClient({ policy: noRetry });
	const file = (name: string, location: string | undefined, content = 'a') =>
		bufferSource(Buffer.from(content), { name, path: '', modifiedAt: new Date(0), location });
	const key = async (scope: string | undefined, target: unknown[], sources = [file('a', '/a')]) =>
		await deliveryKey(client, scope, target, sources);

	it('is the same for other content and times', async () => {
		const later = { ...file('a', '/a', 'other'), modifiedAt: new Date(1) };
		expect(await key('s', ['t'], [later])).toBe(await key('s', ['t']));
	});

	it('is another one for another node, target, place or location', async () => {
		const keys = await Promise.all([
			key('s', ['t']),
			key('x', ['t']),
			key('s', ['x']),
			key('s', ['t'], [file('x', '/a')]),
			key('s', ['t'], [file('a', '/x')]),
			key('s', ['t'], [file('a', '/a'), file('b', '/b')]),
		]);
		expect(new Set(keys).size).toBe(keys.length);
	});

	it('does not exist without a node, or if a later run could not recognize a file', async () => {
		expect(await key(undefined, ['t'])).toBeUndefined();
		expect(await key('s', ['t'], [file('a', undefined)])).toBeUndefined();
	});
});
