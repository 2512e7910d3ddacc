import { outageOf } from '../../../masv/retry';
import type { MasvFile } from '../../../masv/schemas';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { removeLateEntries } from '../../../masv/upload/removeLateEntries';
import type { Notebook } from '../../../masv/upload/notes';
import type { KnownFiles } from '../../../masv/upload/uploadRun';
import { listedFile } from '../../support/listedFile';
import { forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo, nothingKnown } from '../../support/packageAccess';

useNock();

const files = '/v1/packages/P1/files';
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt });
const other = bufferSource(Buffer.from('content'), { name: 'other.mov', path: '', modifiedAt });
const listed = (more: Partial<MasvFile> = {}): MasvFile =>
	listedFile(modifiedAt, { id: 'late', completed: false, ...more });
const added = listed({ id: 'F1', completed: true });
const lists = (entries: MasvFile[], times = 1) => masv().get(files).times(times).reply(200, entries);

/** @param hasFailed whether something could not be written */
const notebookThat = (hasFailed: boolean): Notebook => ({
	by: 'D1',
	fence: 1,
	write: () => Promise.resolve(),
	hasFailed: () => hasFailed,
});

/** Cleans up after a request to add the clip got no answer. @returns the warnings */
async function cleanUp(more: Partial<KnownFiles> = {}, unfinished: Array<[string, string]> = []): Promise<string[]> {
	const warnings: string[] = [];
	const known = {
		...nothingKnown(),
		isOwnPackage: false,
		ownIds: new Set(['F1']),
		others: new Map([['clip.mov', { isAtWork: false, entries: new Map([['theirs', false]]) }]]),
		lostPlaces: new Set(['clip.mov']),
		notebook: notebookThat(false),
		...more,
	};
	const access = accessTo(nockClient(), outageOf(120_000));
	const ids = { addedIds: new Set(['F1']), unfinished: new Map(unfinished) };
	await removeLateEntries(access, known, [source, other], ids, (text) => warnings.push(text));
	return warnings;
}

describe('what a lost request to add a file has left', () => {
	it.each([false, undefined])('is removed once it was listed twice (completed: %s)', async (completed) => {
		lists([added, listed({ completed })], 2);
		masv().delete(`${files}/late`).reply(204);
		lists([added]);
		expect(await cleanUp()).toEqual([]);
	});

	it('is looked for in a list that shows what was added after it', async () => {
		lists([]);
		lists([added, listed()], 2);
		masv().delete(`${files}/late`).reply(204);
		lists([added]);
		expect(await cleanUp()).toEqual([]);
	});

	it('is recognized by what an earlier run was about to add, also if the file has changed since', async () => {
		const late = listed({ size: 9, last_modified: '2026-01-02T03:04:06.678Z' });
		lists([added, late], 2);
		masv().delete(`${files}/late`).reply(204);
		lists([added]);
		const intents = new Map([['clip.mov', [{ bytes: 9, modifiedMs: modifiedAt.getTime() + 1_000 }]]]);
		expect(await cleanUp({ intents })).toEqual([]);
	});

	it.each([
		['can be noted', undefined],
		['could be noted', notebookThat(true)],
	])(
		'is left alone and reported if nothing %s and the list does not show whether it is complete',
		async (_, notebook) => {
			lists([added, listed({ completed: undefined })], 2);
			expect(await cleanUp({ notebook })).toEqual([
				'Package P1 may contain an unfinished file: MASV does not say whether "clip.mov" (late) is complete',
			]);
		},
	);

	it('is removed also if nothing can be noted, if the list shows that it is unfinished', async () => {
		lists([added, listed({ completed: false })], 2);
		masv().delete(`${files}/late`).reply(204);
		lists([added]);
		expect(await cleanUp({ notebook: undefined })).toEqual([]);
	});

	it('is left alone if it is listed once only', async () => {
		lists([added, listed()]);
		lists([added, listed({ id: 'later' })]);
		expect(await cleanUp()).toEqual([]);
	});

	it('is not looked for if no request was lost', async () => {
		expect(await cleanUp({ lostPlaces: new Set() })).toEqual([]);
	});

	it('is reported as a warning if it cannot be removed', async () => {
		lists([added, listed()], 100);
		masv().delete(`${files}/late`).reply(405);
		expect(await cleanUp()).toEqual([expect.stringMatching(/P1 may contain an unfinished file.*late/)]);
		forgetTheRest();
	});
});

describe('what was noted and never finished', () => {
	it('is removed also if the list does not show it', async () => {
		masv().delete(`${files}/F0`).reply(204);
		lists([]);
		expect(await cleanUp({ lostPlaces: new Set() }, [['F0', 'clip.mov']])).toEqual([]);
	});

	it('is reported as a warning if it cannot be removed', async () => {
		masv().delete(`${files}/F0`).reply(405);
		lists([], 100);
		const warnings = await cleanUp({ lostPlaces: new Set() }, [['F0', 'clip.mov']]);
		expect(warnings).toEqual([expect.stringMatching(/P1 may contain an unfinished file.*"clip.mov" \(F0\)/)]);
		forgetTheRest();
	});
});

it('what cannot be removed keeps nothing else from being removed, and each is reported', async () => {
	lists([added, listed()], 2);
	for (const id of ['F0', 'F2']) masv().delete(`${files}/${id}`).reply(405);
	masv().delete(`${files}/late`).reply(204);
	lists([added], 100);
	const warnings = await cleanUp({}, [
		['F0', 'clip.mov'],
		['F2', 'other.mov'],
	]);
	expect(warnings).toEqual([expect.stringMatching(/"clip.mov" \(F0\)/), expect.stringMatching(/"other.mov" \(F2\)/)]);
	forgetTheRest();
});

describe('an entry that a lost request has not left is not removed', () => {
	it.each<[string, Partial<MasvFile>]>([
		['an upload of this run', { id: 'F1' }],
		['an upload that another delivery has noted', { id: 'theirs' }],
		['a complete file', { completed: true }],
		['a file of another size', { size: 8 }],
		['a file with another modification time', { last_modified: '2026-01-02T03:04:06.678Z' }],
		['an unfinished file at a place where no request was lost', { name: 'other.mov' }],
	])('%s', async (_, more) => {
		lists([added, listed(more)], 2);
		expect(await cleanUp()).toEqual([]);
		forgetTheRest();
	});
});

it('an entry that another delivery has noted is not removed with it', async () => {
	const noted = listed({ id: 'other' });
	lists([added, listed(), noted], 2);
	masv().delete(`${files}/late`).reply(204);
	lists([added, noted]);
	const known = {
		...nothingKnown(),
		isOwnPackage: false,
		ownIds: new Set(['F1']),
		others: new Map([['clip.mov', { isAtWork: false, entries: new Map([['other', false]]) }]]),
		lostPlaces: new Set(['clip.mov']),
	};
	const warnings: string[] = [];
	const ids = { addedIds: new Set(['F1']), unfinished: new Map<string, string>() };
	const access = accessTo(nockClient(), outageOf(120_000));
	await removeLateEntries(access, known, [source], ids, (text) => warnings.push(text));
	expect(warnings).toEqual([]);
});
