import { MasvConnectionError } from '../../../masv/errors';
import { noRetry, outageOf } from '../../../masv/retry';
import type { MasvFile } from '../../../masv/schemas';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { Intent } from '../../../masv/upload/reconcile';
import { noOthers } from '../../../masv/upload/reconcile';
import type { FileNote, NoteLine } from '../../../masv/upload/notes';
import { removeEntries } from '../../../masv/upload/removeEntries';
import { takeStock } from '../../../masv/upload/takeStock';
import type { UploadedFile } from '../../../masv/upload/uploadedFile';
import { instantClock } from '../../support/instantClock';
import { listedFile } from '../../support/listedFile';
import { failureOf, forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { nothingNoted } from '../../support/nothingNoted';

useNock();

const files = '/v1/packages/P1/files';
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt, location: 'clip' });
const note: FileNote = {
	fence: 1,
	by: 'me',
	id: 'F1',
	place: 'clip.mov',
	location: 'clip',
	stamp: source.stamp,
	bytes: 7,
	modifiedMs: modifiedAt.getTime(),
	uploadId: 'up-1',
	partBytes: 5,
	parts: new Map(),
	...nothingNoted,
};
const listedAsDone = { id: 'F1', name: 'clip.mov', path: '', size: 7, parts: 2 } as UploadedFile;
const listed = (more: Partial<MasvFile> = {}): MasvFile => listedFile(modifiedAt, { completed: false, ...more });
const lists = (entries: MasvFile[], times = 1) => masv().get(files).times(times).reply(200, entries);
const ownership = { isOwnPackage: true, isClosed: false, others: noOthers, intents: new Map<string, Intent[]>() };
const look = async (ownIds: string[], policy = outageOf(120_000), noted: FileNote | undefined = note) =>
	await takeStock(accessTo(nockClient(), policy), [{ source, place: 'clip.mov', note: noted }], {
		...ownership,
		ownIds: new Set(ownIds),
	});

describe('the stock of a package', () => {
	it('is one look at the list if everything agrees', async () => {
		lists([listed(), listed({ id: 'X', name: 'other' })]);
		const stock = await look(['F1']);
		expect(stock.decisions).toMatchObject([{ kind: 'resume' }]);
		expect(stock.extras.map(({ id }) => id)).toEqual(['X']);
		expect([...stock.inTheWay]).toEqual([]);
	});

	it('waits for a file that was noted, and continues it without the list only after a minute', async () => {
		lists([]);
		lists([listed({ completed: true })]);
		expect((await look(['F1'])).decisions).toMatchObject([{ kind: 'there' }]);
		lists([], 100);
		expect((await look(['F1'])).decisions).toMatchObject([{ kind: 'resume' }]);
		forgetTheRest();
	});

	it('shows what is in the way although the list lacks it', async () => {
		lists([], 100);
		const stock = await look(['F1'], undefined, { ...note, uploadId: undefined });
		expect([[...stock.inTheWay], [...stock.unlisted]]).toEqual([[['F1', 'clip.mov']], ['F1']]);
		forgetTheRest();
	});

	it.each([
		['there', 'clip'],
		['check', 'elsewhere'],
	])(
		'is not one that the list shows if a file of a finalized package is there only by the notes (%s)',
		async (kind, at) => {
			lists([], 100);
			const wanted = [{ source, place: 'clip.mov', note: { ...note, location: at, done: listedAsDone } }];
			const closed = { ...ownership, isClosed: true, ownIds: new Set(['F1']) };
			const stock = await takeStock(accessTo(nockClient()), wanted, closed);
			expect([stock.decisions[0]?.kind, stock.isListed]).toEqual([kind, false]);
			forgetTheRest();
		},
	);

	it('knows its own entries wherever MASV lists them: the current one is no stranger, another one is in the way', async () => {
		const files = [
			listed({ name: 'CLIP.MOV' }),
			listed({ id: 'F0', name: 'Clip.mov' }),
			listed({ id: 'X', name: 'x' }),
		];
		lists(files, 2);
		const stock = await look(['F0', 'F1']);
		expect(stock.extras.map(({ id }) => id)).toEqual(['X']);
		expect([...stock.inTheWay]).toEqual([['F0', 'Clip.mov']]);
	});

	it('of somebody else has its own entries at other places among the strangers', async () => {
		lists([listed(), listed({ id: 'F0', name: 'Clip.mov' })]);
		const own = { ...ownership, isOwnPackage: false, ownIds: new Set(['F0', 'F1']) };
		const stock = await takeStock(accessTo(nockClient()), [{ source, place: 'clip.mov', note }], own);
		expect([stock.extras.map(({ id }) => id), [...stock.inTheWay]]).toEqual([['F0'], []]);
	});

	it('names only entries that were listed twice as in the way, even where nothing may be waited for', async () => {
		lists([listed({ id: 'F0' })]);
		lists([listed({ id: 'F0' })]);
		expect([...(await look([], noRetry, undefined)).inTheWay.keys()]).toEqual(['F0']);
		lists([listed({ id: 'F0' })]);
		lists([]);
		expect([...(await look([], noRetry, undefined)).inTheWay]).toEqual([]);
	});

	it('cannot be told if each list shows something else in the way for longer than a list may be behind', async () => {
		for (let looks = 0; looks < 20; looks++) {
			lists([listed({ id: 'F0' })]);
			lists([listed({ id: 'F2' })]);
		}
		expect(await failureOf(look([], undefined, undefined))).toMatchObject({ code: 'package_not_listed' });
		forgetTheRest();
	});

	it('finds what was noted at a place by its ID, although MASV spells the place in another way', async () => {
		lists([listed({ id: 'F0', name: 'CLIP.MOV' }), listed({ id: 'F2', name: 'CLIP.MOV' })], 2);
		const own = {
			...ownership,
			isOwnPackage: false,
			ownIds: new Set(['F0']),
			notedPlaces: new Map([['F0', 'clip.mov']]),
		};
		const stock = await takeStock(accessTo(nockClient()), [{ source, place: 'clip.mov', note: undefined }], own);
		expect([stock.extras.map(({ id }) => id), [...stock.inTheWay]]).toEqual([['F2'], [['F0', 'clip.mov']]]);
	});

	it('is decided by the notes where there is no list', async () => {
		masv().get(files).reply(405);
		expect((await look(['F1'])).decisions).toMatchObject([{ kind: 'resume', note: { id: 'F1' } }]);
	});

	it('without a list, names what was noted at the place and never finished as in the way', async () => {
		masv().get(files).reply(405);
		const unfinished = new Map([['clip.mov', ['F0', 'F1']]]);
		const wanted = [{ source, place: 'clip.mov', note }];
		const known = { ...ownership, ownIds: new Set<string>() };
		const stock = await takeStock(accessTo(nockClient()), wanted, known, unfinished);
		expect([[...stock.inTheWay.keys()], [...stock.unlisted]]).toEqual([['F0'], ['F0']]);
	});

	it('names what was noted at places where no file is wanted as in the way, whatever the list shows', async () => {
		const noted = { id: 'F0', place: 'MD5SUMS', bytes: undefined, modifiedMs: undefined, isComplete: undefined };
		const wanted = [{ source, place: 'clip.mov', note }];
		const known = { ...ownership, ownIds: new Set(['F0', 'F1']) };
		for (const reply of [() => masv().get(files).reply(405), () => lists([listed()], 2)]) {
			reply();
			const stock = await takeStock(accessTo(nockClient()), wanted, known, new Map(), [noted]);
			expect([[...stock.inTheWay], [...stock.unlisted]]).toEqual([[['F0', 'MD5SUMS']], ['F0']]);
		}
	});

	it('knows what it was about to add at a place where no file is wanted any more from what others have added there', async () => {
		const intent = { bytes: 50, modifiedMs: modifiedAt.getTime() };
		const list = { id: 'F0', name: 'MD5SUMS' };
		const wanted = [{ source, place: 'clip.mov', note }];
		const known = { ...ownership, ownIds: new Set(['F1']), intents: new Map([['MD5SUMS', [intent]]]) };
		const find = async (entry: MasvFile): Promise<string[][]> => {
			lists([listed(), entry], 2);
			const stock = await takeStock(accessTo(nockClient()), wanted, known);
			forgetTheRest();
			return [[...stock.inTheWay.keys()], stock.extras.map(({ id }) => id)];
		};
		expect(await find(listed(list))).toEqual([['F0'], []]);
		expect(await find(listed({ ...list, size: 50, completed: undefined }))).toEqual([['F0'], []]);
		expect(await find(listed({ ...list, size: 51, completed: undefined }))).toEqual([[], ['F0']]);
		expect(await find(listed({ ...list, size: 50, completed: true }))).toEqual([[], ['F0']]);
		expect(await find(listed({ ...list, name: 'other' }))).toEqual([[], ['F0']]);
	});

	it('is decided by the notes where the list is too long to be read', async () => {
		const tooLong = new MasvConnectionError('too long', { code: 'response_too_long', transient: false });
		const client = nockClient({ transport: () => Promise.reject(tooLong) });
		const wanted = [{ source, place: 'clip.mov', note }];
		const stock = await takeStock(accessTo(client), wanted, { ...ownership, ownIds: new Set(['F1']) });
		expect([stock.decisions, stock.isListed]).toMatchObject([[{ kind: 'resume', note: { id: 'F1' } }], false]);
	});

	it('takes time in proportion to the number of files, not to its square (row 15)', async () => {
		const count = 20_000;
		const sources = Array.from({ length: count }, (_, index) => ({ ...source, name: `${index}` }));
		let reads = 0;
		const entries = sources.map(({ name }) => listed({ id: name, name, completed: true }));
		lists(entries);
		const wanted = sources.map((each) => ({
			source: each,
			get place() {
				reads++;
				return each.name;
			},
			note: undefined,
		}));
		const { decisions } = await takeStock(accessTo(nockClient()), wanted, { ...ownership, ownIds: new Set() });
		expect(decisions.every(({ kind }) => kind === 'there')).toBe(true);
		expect(reads).toBeLessThan(4 * count);
	});

	it('is taken of many files in turns with other work of the process, with and without a list', async () => {
		const wanted = Array.from({ length: 3_000 }, (_, index) => ({ source, place: `${index}`, note: undefined }));
		for (const status of [200, 405]) {
			const clock = instantClock();
			masv().get(files).reply(status, '[]');
			await takeStock(accessTo(nockClient({ clock })), wanted, { ...ownership, ownIds: new Set() });
			expect(clock.slept.filter((ms) => ms === 0)).toHaveLength(2);
		}
	});
});

describe('entries of this delivery', () => {
	it('are gone when the list no longer has them', async () => {
		masv().delete(`${files}/F0`).reply(404);
		lists([listed({ id: 'F0' })]);
		lists([]);
		expect(await removeEntries(accessTo(nockClient()), new Set(['F0']), undefined)).toEqual([]);
	});

	it.each([
		[204, []],
		[404, []],
		[405, ['F0']],
	])('that the list lacks are gone only if MASV says so (%i)', async (status, left) => {
		masv().delete(`${files}/F0`).reply(status);
		lists([], 100);
		const ids = new Set(['F0']);
		expect((await removeEntries(accessTo(nockClient()), ids, undefined, ids)).map(({ id }) => id)).toEqual(left);
		forgetTheRest();
	});

	it('that MASV refuses to remove are gone once the list no longer has them', async () => {
		masv().delete(`${files}/F0`).reply(405);
		lists([]);
		expect(await removeEntries(accessTo(nockClient()), new Set(['F0']), undefined)).toEqual([]);
	});

	it('are not taken for gone if neither MASV nor a list says so', async () => {
		masv().delete(`${files}/F0`).reply(405);
		masv().get(files).times(100).reply(403);
		expect(await removeEntries(accessTo(nockClient()), new Set(['F0']), undefined)).toMatchObject([{ id: 'F0' }]);
		forgetTheRest();
	});

	it('are reported if they stay for a minute, and not noted as removed', async () => {
		for (const id of ['F0', 'F2']) masv().delete(`${files}/${id}`).reply(204);
		lists([listed({ id: 'F0' })], 100);
		const clock = instantClock();
		const removed: unknown[] = [];
		const write = (line: NoteLine): Promise<void> => Promise.resolve(void removed.push(line));
		const notebook = { by: 'me', fence: 1, write };
		const access = accessTo(nockClient({ clock }));
		expect(await removeEntries(access, new Set(['F0', 'F2']), notebook)).toMatchObject([{ id: 'F0' }]);
		expect(removed).toEqual([{ kind: 'removed', file: 'F2' }]);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(60_000);
		forgetTheRest();
	});
});
