import { createNotebook, latestByPlace, readNotes as read } from '../../../masv/upload/notes';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';

const readNotes = async (lines: readonly unknown[]) => await read(lines, instantClock());

const file = (id: string, more: object = {}) => ({
	kind: 'file',
	fence: 1,
	by: 'me',
	id,
	place: 'a',
	bytes: 1,
	modifiedMs: 2,
	partBytes: 5,
	...more,
});

describe('the notes of earlier runs', () => {
	it('are a package, its files, and their parts', async () => {
		const notes = await readNotes([
			{ kind: 'package', fence: 1, id: 'P1', token: 'sealed' },
			file('F1', { uploadId: 'up-1' }),
			{ kind: 'part', file: 'F1', index: 1, etag: '"e2"' },
			{ kind: 'finalizing', file: 'F1' },
			{ kind: 'doubtful', file: 'F1' },
			{ kind: 'done', file: 'F1', result: { id: 'F1', name: 'a', path: '', size: 1 } },
			{ kind: 'adding', fence: 1, by: 'me', place: 'b', bytes: 3, modifiedMs: 4 },
			{ kind: 'listed', package: 'P1' },
			{ kind: 'delivering', fence: 1, package: 'P1' },
			{ kind: 'sent', fence: 1, package: 'P1', content: 'c' },
		]);
		expect(notes.package).toEqual({ id: 'P1', token: 'sealed' });
		const [noted] = [...notes.files.values()];
		expect(noted).toMatchObject({ id: 'F1', uploadId: 'up-1', isFinalizing: true, isDoubtful: true });
		expect(noted?.done).toMatchObject({ id: 'F1' });
		expect([...(noted?.parts ?? [])]).toEqual([[1, { etag: '"e2"' }]]);
		expect(notes.wasListed).toBe(true);
		expect([notes.adding.length, notes.isDelivering, notes.sent?.package]).toEqual([1, true, 'P1']);
	});

	it('have no claim on a place where a file was finished, also if what was noted about it before is missing', async () => {
		const about = { fence: 1, by: 'me', place: 'a' };
		const notes = await readNotes([
			{ kind: 'claimed', ...about },
			{ kind: 'adding', ...about, bytes: 3, modifiedMs: 4 },
			{ kind: 'done', by: 'me', file: 'F1', result: { id: 'F1', name: 'a', path: '', size: 1 } },
		]);
		expect([notes.claims.has('a'), notes.adding.map(({ isOpen }) => isOpen)]).toEqual([false, [false]]);
	});

	it('keep the parts when the state of a file is noted again', async () => {
		const notes = await readNotes([
			file('F1'),
			{ kind: 'part', file: 'F1', index: 0, etag: '"e"' },
			file('F1', { bytes: 9, uploadId: 'up' }),
		]);
		expect(notes.files.get('F1')).toMatchObject({ bytes: 9, uploadId: 'up' });
		expect(notes.files.get('F1')?.parts.size).toBe(1);
	});

	it('say that parts may be of several files, until the state that all are from is noted', async () => {
		const mixing = { kind: 'mixing', by: 'other', file: 'F1' };
		const mixedBy = async (...lines: object[]) => [...((await readNotes(lines)).files.get('F1')?.mixedBy ?? [])];
		expect(await mixedBy(file('F1'))).toEqual([]);
		expect(await mixedBy(file('F1'), mixing)).toEqual(['other']);
		expect(await mixedBy(file('F1'), mixing, file('F1'))).toEqual([]);
	});

	it.each<[string, unknown]>([
		['nothing', null],
		['text', 'x'],
		['an unknown kind', { kind: 'other' }],
		['a part of an unknown file', { kind: 'part', file: 'F9', index: 0, etag: '"e"' }],
		['a part without an ETag', { kind: 'part', file: 'F1', index: 0 }],
		['a file with a size of the wrong type', file('F2', { bytes: '1' })],
	])('do not contain %s', async (_, line) => {
		const notes = await readNotes([file('F1'), line]);
		expect([...notes.files.keys()]).toEqual(['F1']);
		expect(notes.files.get('F1')?.parts.size).toBe(0);
	});

	it('ignore the package of a run that was frozen and wrote after its successor', async () => {
		const notes = await readNotes([
			{ kind: 'package', fence: 2, id: 'new' },
			{ kind: 'package', fence: 1, id: 'old' },
		]);
		expect(notes.package?.id).toBe('new');
	});

	const sent = (fence: number, id: string) => ({ kind: 'sent', fence, package: id, content: 'c' });

	it('ignore that a run has sent its package if it wrote this after its successor had begun another one', async () => {
		const notes = await readNotes([{ kind: 'package', fence: 2, id: 'new' }, sent(1, 'old')]);
		expect([notes.package?.id, notes.sent]).toEqual(['new', undefined]);
	});

	it('keep what the latest run has sent, whenever an earlier one wrote its own', async () => {
		const lines = [{ kind: 'package', fence: 2, id: 'new' }, sent(2, 'new'), sent(1, 'old')];
		expect((await readNotes(lines)).sent?.package).toBe('new');
		expect((await readNotes([sent(1, 'old'), ...lines.slice(0, 2)])).sent?.package).toBe('new');
	});

	it('ignore that a run was about to finalize another package', async () => {
		const delivering = { kind: 'delivering', fence: 1, package: 'old' };
		expect((await readNotes([{ kind: 'package', fence: 2, id: 'new' }, delivering])).isDelivering).toBe(false);
		expect((await readNotes([delivering, { kind: 'package', fence: 2, id: 'old' }])).isDelivering).toBe(true);
	});

	it('tell only of the package that is worked on whether it was listed, and what was refused', async () => {
		const earlier = [
			{ kind: 'package', fence: 1, id: 'P1' },
			{ kind: 'listed', package: 'P1' },
			{ kind: 'refused', package: 'P1', answer: 'no' },
		];
		const both = await Promise.all([
			readNotes(earlier),
			readNotes([...earlier, { kind: 'package', fence: 2, id: 'P2' }]),
		]);
		expect(both.map(({ wasListed, refusals }) => [wasListed, refusals.size])).toEqual([
			[true, 1],
			[false, 0],
		]);
	});

	it('tell whether MASV has refused every request to finalize the package', async () => {
		const notedAs = async (...rest: object[]) =>
			(await readNotes([{ kind: 'package', fence: 1, id: 'P1' }, ...rest])).isDelivering;
		const delivering = (fence: number) => ({ kind: 'delivering', fence, package: 'P1' });
		const incomplete = (fence: number, id = 'P1') => ({ kind: 'incomplete', fence, package: id });
		expect(await notedAs(delivering(1), incomplete(1))).toBe(false);
		expect(await notedAs(delivering(1), incomplete(2))).toBe(false);
		expect(await notedAs(delivering(1), incomplete(1), delivering(1))).toBe(true);
		expect(await notedAs(delivering(1), incomplete(1, 'P2'))).toBe(true);
		// By a run that was frozen in between.
		expect(await notedAs(delivering(1), delivering(2), incomplete(1))).toBe(true);
		expect(await notedAs(delivering(2), delivering(1), incomplete(1))).toBe(true);
	});

	describe('tell who is about to upload to a place', () => {
		const claimed = (by: string, fence = 1, place = 'a') => ({ kind: 'claimed', fence, by, place });
		const unclaimed = (by: string, fence = 1) => ({ kind: 'unclaimed', fence, by, place: 'a' });
		const adding = (by: string, fence = 1) => ({ kind: 'adding', fence, by, place: 'a', bytes: 1, modifiedMs: 2 });
		const done = { kind: 'done', file: 'F1', result: { id: 'F1', name: 'a', path: '', size: 1 } };
		const removed = { kind: 'removed', file: 'F1' };
		const at = async (lines: object[]): Promise<string[]> => [...((await readNotes(lines)).claims.get('a') ?? [])];

		it.each([
			['that claimed it', claimed('me')],
			['that was adding a file', adding('me')],
			['that added a file', file('F1')],
		])('a run %s', async (_, line) => {
			expect(await at([line, claimed('me', 1, 'b')])).toEqual(['me']);
		});

		it.each([
			['that has finished the file', [file('F1'), done]],
			['whose claim is over because another one has finished the file', [file('F1', { by: 'other' }), done]],
			['that has failed', [unclaimed('me')]],
			['that has failed and removed its file', [file('F1'), removed, unclaimed('me')]],
			['after which a later run has begun', [{ kind: 'begun', fence: 2, by: 'me' }]],
			['after which a later run has claimed another place', [claimed('me', 2, 'b')]],
		])('but no run %s', async (_, lines) => {
			expect(await at([claimed('me'), ...lines])).toEqual([]);
		});

		it('and a run that has failed but left its file, that sends its file again, or that began after one that failed', async () => {
			expect(await at([claimed('me'), file('F1'), unclaimed('me')])).toEqual(['me']);
			expect(await at([claimed('me'), file('F1'), removed])).toEqual(['me']);
			expect(await at([claimed('me'), unclaimed('me'), claimed('me', 2)])).toEqual(['me']);
		});

		it('whatever a run that was frozen writes after its successor has begun', async () => {
			const begun = { kind: 'begun', fence: 2, by: 'me' };
			expect(await at([begun, claimed('me')])).toEqual([]);
			expect(await at([claimed('me', 2), unclaimed('me', 1)])).toEqual(['me']);
		});

		it('and of which files nobody knows whether they were added', async () => {
			const isOpen = async (lines: object[]): Promise<boolean[]> =>
				(await readNotes(lines)).adding.map((intent) => intent.isOpen);
			expect(await isOpen([adding('me')])).toEqual([true]);
			expect(await isOpen([adding('me'), file('F1'), removed])).toEqual([false]);
			expect(await isOpen([adding('other'), adding('me'), file('F1'), removed])).toEqual([true, false]);
			expect(await isOpen([adding('other'), adding('me'), file('F1'), done, adding('me')])).toEqual([
				false,
				false,
				true,
			]);
		});
	});

	it('are read in turns with other work of the process', async () => {
		const clock = instantClock();
		const lines = Array.from({ length: 5_000 }, (_, index) => file(`F${index}`));
		expect((await read(lines, clock)).files.size).toBe(5_000);
		expect(clock.slept.length).toBeGreaterThanOrEqual(4);
	});

	it('give the latest file of this delivery at each place, by fence and then by order', async () => {
		const notes = await readNotes([
			file('F1', { fence: 2 }),
			file('F2', { fence: 1 }),
			file('F3', { place: 'b' }),
			file('F4', { place: 'b' }),
			file('F5', { place: 'c', by: 'other' }),
		]);
		const ids = [...(await latestByPlace(notes, 'me', instantClock()))].map(([place, { id }]) => [place, id]);
		expect(ids).toEqual([
			['a', 'F1'],
			['b', 'F4'],
		]);
	});
});

describe('a notebook', () => {
	it('notes with its first line which turn its run has', async () => {
		const journal = memoryJournal().join();
		const notebook = createNotebook(await journal.open('key'), 'me', 7, 3);
		for (const id of ['P1', 'P2']) await notebook?.write({ kind: 'listed', package: id });
		expect((await journal.open('key')).lines).toEqual([
			{ kind: 'listed', package: 'P1', turn: 3 },
			{ kind: 'listed', package: 'P2' },
		]);
	});
});
