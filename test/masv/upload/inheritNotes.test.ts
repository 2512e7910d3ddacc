import { bufferSource } from '../../../masv/transfer/bufferSource';
import { createGuard } from '../../../masv/transfer/guard';
import type { Lease, Leases } from '../../../masv/transfer/lease';
import type { InheritedNotes } from '../../../masv/upload/inheritNotes';
import { inheritNotes, rivalsAt } from '../../../masv/upload/inheritNotes';
import type { NoteLine } from '../../../masv/upload/notes';
import { readNotes } from '../../../masv/upload/notes';
import type { Rivals } from '../../../masv/upload/rivals';
import { createRivals } from '../../../masv/upload/rivals';
import { failureOf } from '../../support/failureOf';
import { nockClient } from '../../support/nockMasv';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), {
	name: 'clip.mov',
	path: '',
	modifiedAt,
	location: '/media/clip',
});
const sent = { bytes: 7, modifiedMs: modifiedAt.getTime() };

const file = (id: string, by: string, more: Partial<Extract<NoteLine, { kind: 'file' }>> = {}): NoteLine => ({
	kind: 'file',
	fence: 1,
	by,
	id,
	place: 'clip.mov',
	location: '/media/clip',
	uploadId: 'up-1',
	partBytes: 5,
	...sent,
	...more,
});
const done = (id: string, by?: string): NoteLine => ({
	kind: 'done',
	file: id,
	by,
	result: { id, name: 'clip.mov', path: '', size: 7 },
});
const adding = (by: string, more: Partial<typeof sent> = {}): NoteLine => ({
	kind: 'adding',
	fence: 1,
	by,
	place: 'clip.mov',
	...sent,
	...more,
});

/** Deliveries that give signs of life, keys that were asked for, and leases that were lost or released. */
let alive: Set<string>;
let asked: string[];
let lost: Set<string>;
let released: string[];
beforeEach(() => {
	alive = new Set();
	asked = [];
	lost = new Set();
	released = [];
});

const leaseOf = (key: string): Lease => ({
	fence: 1,
	isHeld: () => Promise.resolve(!lost.has(key)),
	release: () => Promise.resolve(void released.push(key)),
});
const leases: Leases = {
	take: (key) => {
		asked.push(key);
		return Promise.resolve(alive.has(key) ? 'held' : leaseOf(key));
	},
};

async function inherit(
	lines: NoteLine[],
	using: Leases = leases,
): Promise<InheritedNotes & Pick<Rivals, 'guard' | 'release'>> {
	const client = nockClient();
	const notes = await readNotes(lines, client.clock);
	const rivals = createRivals(client, using, { key: 'mine', guard: createGuard(leaseOf('mine'), client.clock) });
	await rivals.watch(await rivalsAt(notes, [source], 'mine', client.clock));
	return {
		...(await inheritNotes(notes, 'mine', rivals, [source], client.clock)),
		guard: rivals.guard,
		release: async () => await rivals.release(),
	};
}

const latest = ({ latest: byPlace }: InheritedNotes): string | undefined => byPlace.get('clip.mov')?.id;

describe('an unfinished file of another delivery', () => {
	it('is taken over if that delivery gives no sign of life', async () => {
		const inherited = await inherit([file('F1', 'other')]);
		expect([asked, latest(inherited), [...inherited.ownIds]]).toEqual([['other'], 'F1', ['F1']]);
	});

	it('is left alone while that delivery is alive', async () => {
		alive.add('other');
		const inherited = await inherit([file('F1', 'other')]);
		expect([latest(inherited), inherited.ownIds.size]).toEqual([undefined, 0]);
	});

	it('is left alone if no lease can be had', async () => {
		const inherited = await inherit([file('F1', 'other')], { take: () => Promise.resolve(undefined) });
		expect([latest(inherited), inherited.ownIds.size]).toEqual([undefined, 0]);
	});

	it('of another place does not matter', async () => {
		const inherited = await inherit([file('F1', 'other', { place: 'other.mov' })]);
		expect([asked, latest(inherited)]).toEqual([[], undefined]);
	});

	it('that was about to be added is known only if that delivery gives no sign of life', async () => {
		const intents = async () => (await inherit([adding('other', { bytes: 8, modifiedMs: 1 })])).intents.get('clip.mov');
		expect(await intents()).toMatchObject([{ bytes: 8, modifiedMs: 1 }]);
		alive.add('other');
		expect(await intents()).toBeUndefined();
	});

	it('that was about to be added leaves its place open until a file is finished there', async () => {
		const openPlaces = async (...lines: NoteLine[]) => [...(await inherit(lines)).openPlaces];
		expect(await openPlaces(adding('other'))).toEqual(['clip.mov']);
		expect(await openPlaces(adding('mine'), file('F1', 'mine'))).toEqual(['clip.mov']);
		expect(await openPlaces(adding('mine'), file('F1', 'mine'), done('F1'))).toEqual([]);
		alive.add('other');
		expect(await openPlaces(adding('other'))).toEqual([]);
	});
});

it('what was never finished is known for this delivery alone', async () => {
	const lines = [file('F1', 'other'), file('F2', 'mine'), file('F3', 'mine'), file('F4', 'mine'), done('F4', 'mine')];
	const { neverFinished } = await inherit([...lines, { kind: 'removed', file: 'F3' }]);
	expect(neverFinished.map(({ id }) => id)).toEqual(['F2']);
});

describe('a finished file of another delivery', () => {
	it.each([
		['that is alive', true],
		['that has ended', false],
	])('%s may be taken for this one, but is not its own', async (_, isAlive) => {
		if (isAlive) alive.add('other');
		for (const location of ['/media/clip', '/media/other']) {
			const inherited = await inherit([file('F1', 'other', { location }), done('F1')]);
			expect([asked, latest(inherited), [...inherited.ownIds]]).toEqual([[], 'F1', []]);
			expect(inherited.others.get('clip.mov')?.entries).toEqual(new Map([['F1', true]]));
		}
	});

	it('is noted as the file that this one sent, who ever has added its entry', async () => {
		const continued = file('F1', 'other', { location: '/media/other', bytes: 8, modifiedMs: 1 });
		const inherited = await inherit([file('F1', 'mine'), continued]);
		expect(inherited.others.get('clip.mov')?.files).toEqual(new Map([['F1', { bytes: 8, modifiedMs: 1 }]]));
	});

	it('may be what another one has made of an entry of this one, but not what this one has', async () => {
		const mixedBy = async (by: string) => {
			const { others } = await inherit([file('F1', 'mine'), { kind: 'mixing', by, file: 'F1' }]);
			return others.get('clip.mov')?.mixed;
		};
		expect(await mixedBy('other')).toEqual(new Set(['F1']));
		expect(await mixedBy('mine')).toBeUndefined();
	});

	it('is not what this delivery alone has made of an entry that another one left', async () => {
		const { others } = await inherit([file('F1', 'other'), { kind: 'mixing', by: 'mine', file: 'F1' }]);
		expect(others.get('clip.mov')).toMatchObject({ entries: new Map([['F1', false]]), mixed: new Set() });
	});

	it('is not its own when that delivery has left another one unfinished', async () => {
		const inherited = await inherit([file('F1', 'other'), done('F1'), file('F2', 'other')]);
		expect([asked, [...inherited.ownIds]]).toEqual([['other'], ['F2']]);
	});
});

describe('a file of this delivery', () => {
	it('is that of another one as well if it was reported by that, too', async () => {
		const entriesOf = async (...lines: NoteLine[]) =>
			(await inherit([file('F1', 'mine'), ...lines])).others.get('clip.mov')?.entries;
		expect(await entriesOf(done('F1'))).toBeUndefined();
		expect(await entriesOf(done('F1', 'mine'))).toBeUndefined();
		expect(await entriesOf(done('F1', 'other'))).toEqual(new Map([['F1', true]]));
		expect(await entriesOf(done('F1', 'other'), done('F1', 'mine'))).toEqual(new Map([['F1', true]]));
	});
});

describe('of several notes about one place', () => {
	it('those of this delivery count, in whatever order they were written', async () => {
		expect(latest(await inherit([file('F1', 'mine'), file('F2', 'other')]))).toBe('F1');
		expect(latest(await inherit([file('F2', 'other'), file('F1', 'mine')]))).toBe('F1');
	});

	it('that of another delivery counts if it finished the file, and this one has only begun', async () => {
		const begun = file('F1', 'mine', { fence: 7 });
		expect(latest(await inherit([begun, file('F2', 'other'), done('F2')]))).toBe('F2');
		expect(latest(await inherit([file('F2', 'other'), done('F2'), begun]))).toBe('F2');
		expect(latest(await inherit([file('F2', 'other'), done('F2'), file('F1', 'mine'), done('F1')]))).toBe('F1');
	});

	it('the last one of a run counts', async () => {
		expect(latest(await inherit([file('F1', 'mine'), file('F2', 'mine')]))).toBe('F2');
	});

	it('the last one counts, unless a run that was frozen wrote it after its successor', async () => {
		expect(latest(await inherit([file('F1', 'mine'), file('F2', 'mine', { fence: 2 })]))).toBe('F2');
		expect(latest(await inherit([file('F2', 'mine', { fence: 2 }), file('F1', 'mine')]))).toBe('F2');
	});

	it('those about entries that were removed do not count', async () => {
		const removed: NoteLine = { kind: 'removed', file: 'F2' };
		expect(latest(await inherit([file('F1', 'mine'), file('F2', 'mine'), removed]))).toBe('F1');
	});

	it('all entries of this delivery are its own, not only the last, and those that were not finished are known', async () => {
		const inherited = await inherit([file('F1', 'mine'), file('F2', 'mine'), file('F3', 'mine'), done('F3')]);
		expect([...inherited.ownIds]).toEqual(['F1', 'F2', 'F3']);
		expect([...inherited.unfinished]).toEqual([['clip.mov', ['F1', 'F2']]]);
	});
});

describe('a delivery that was taken over', () => {
	it('stops this run when it turns out to be alive', async () => {
		const inherited = await inherit([file('F1', 'other')]);
		lost.add('other');
		expect(await failureOf(inherited.guard.check())).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('is given back with this one', async () => {
		const inherited = await inherit([file('F1', 'other'), file('F2', 'third')]);
		await inherited.release();
		expect(released).toEqual(['other', 'third']);
	});
});
