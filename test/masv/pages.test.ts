import { z } from 'zod';

import { maxPageRecords, readPages, take } from '../../masv/pages';
import { masv, nockClient, useNock } from '../support/nockMasv';

useNock();

const call = { operation: 'list the things', path: '/v1.1/things', record: z.looseObject({ id: z.string() }) };
const idsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);

interface Habits {
	/** Called before each response, with the number of the request. */
	change?: (list: string[], request: number) => void;
	/** The largest page that the server returns. */
	cap?: number;
	/** Returns pages of this size, whatever was requested. */
	ignoresLimit?: number;
	/** Always returns the first page. */
	ignoresPage?: boolean;
	/** The total that it reports. */
	total?: (list: string[]) => number | undefined;
}

/** A list in MASV. @returns the requests so far, as "page/limit" */
function serve(
	list: string[],
	{ change, cap = 50, ignoresLimit, ignoresPage, total = ({ length }) => length }: Habits = {},
) {
	const requests: string[] = [];
	masv()
		.persist()
		.get('/v1.1/things')
		.query(true)
		.reply((request: Request) => {
			const query = new URL(request.url).searchParams;
			const [page, requested] = [Number(query.get('page')), Number(query.get('limit'))];
			requests.push(`${page}/${requested}`);
			change?.(list, requests.length);
			const limit = ignoresLimit ?? Math.min(requested, cap);
			const start = ignoresPage === true ? 0 : (page - 1) * limit;
			const records = list.slice(start, start + limit).map((id) => ({ id }));
			return [200, { metadata: { total: total(list) }, records }];
		});
	return requests;
}

async function read(): Promise<string[]> {
	const found = [];
	for await (const { id } of readPages(nockClient(), call)) found.push(id);
	return found;
}

describe('readPages', () => {
	it('begins at page 1 and ends when the total is reached, without an extra request', async () => {
		const requests = serve(idsOf(0, 98));
		expect(await read()).toEqual(idsOf(0, 98));
		expect(requests).toEqual(['1/50', '2/49']);
	});

	it.each([0, 1, 49])('needs one request for a list of %d', async (length) => {
		const requests = serve(idsOf(0, length));
		expect(await read()).toHaveLength(length);
		expect(requests).toEqual(['1/50']);
	});

	it('looks behind a single page that is full, and no further', async () => {
		const requests = serve(idsOf(0, 50));
		expect(await read()).toHaveLength(50);
		expect(requests).toHaveLength(2);
	});

	it('needs hardly more requests than there are full pages', async () => {
		const requests = serve(idsOf(0, 2_000));
		expect(await read()).toEqual(idsOf(0, 2_000));
		expect(requests.length).toBeLessThanOrEqual(48);
		expect(requests.every((request) => Number(request.split('/')[1]) <= maxPageRecords)).toBe(true);
	});

	it('treats null as an empty list', async () => {
		masv()
			.get('/v1.1/things?page=1&limit=50')
			.reply(200, { metadata: { total: 0 }, records: null });
		expect(await read()).toEqual([]);
	});

	it('treats a bare array as the whole list', async () => {
		masv()
			.get('/v1.1/things?page=1&limit=50')
			.reply(
				200,
				idsOf(0, 130).map((id) => ({ id })),
			);
		expect(await read()).toHaveLength(130);
	});

	it.each([
		['its first record', (list: string[]) => void list.splice(0, 1)],
		['the last record that was read', (list: string[]) => void list.splice(49, 1)],
		['thirty records that were read', (list: string[]) => void list.splice(10, 30)],
		['everything that was read', (list: string[]) => void list.splice(0, 50)],
		[
			'as many as it gains',
			(list: string[]) => {
				list.splice(5, 3);
				list.push('new 1', 'new 2', 'new 3');
			},
		],
	])('loses nothing if the list loses %s while it is read', async (_, change) => {
		const list = idsOf(0, 230);
		serve(list, { change: (all, request) => void (request === 2 && change(all)) });
		const found = await read();
		expect(found).toEqual(expect.arrayContaining(list));
		expect(new Set(found).size).toBe(found.length);
	});

	it('loses nothing if the last page ends where the shorter list does', async () => {
		const list = idsOf(0, 95);
		serve(list, { change: (all, request) => void (request === 2 && all.splice(10, 10)) });
		expect(await read()).toEqual(expect.arrayContaining(list));
	});

	it('loses nothing if the list shrinks all the time', async () => {
		const list = idsOf(0, 400);
		serve(list, { change: (all, request) => void (request > 1 && all.length > 300 && all.splice(0, 7)) });
		expect(await read()).toEqual(expect.arrayContaining(list));
	});

	it('returns a record once if a growing list repeats it', async () => {
		const list = idsOf(0, 120);
		serve(list, { change: (all, request) => void (request === 2 && all.unshift('new')) });
		expect(await read()).toEqual(idsOf(0, 120));
	});

	it.each<[string, Habits]>([
		['returns fewer records per page than requested', { cap: 25 }],
		['ignores the number of records requested', { ignoresLimit: 25 }],
		['has pages of 50 only', { ignoresLimit: 50 }],
		['reports no total', { total: () => undefined }],
		['reports the total 0', { total: () => 0 }],
		['reports the number of records on the page', { total: () => 50 }],
		['reports too large a total', { total: ({ length }) => length + 7 }],
	])('reads everything from a server that %s', async (_, habits) => {
		serve(idsOf(0, 730), habits);
		expect(await read()).toHaveLength(730);
	});

	it('reads everything from a server that pages bare arrays', async () => {
		const list = idsOf(0, 130);
		masv()
			.persist()
			.get('/v1.1/things')
			.query(true)
			.reply((request: Request) => {
				const query = new URL(request.url).searchParams;
				const [page, limit] = [Number(query.get('page')), Number(query.get('limit'))];
				return [200, list.slice((page - 1) * limit, page * limit).map((id) => ({ id }))];
			});
		expect(await read()).toHaveLength(130);
	});

	it('ends if the server returns the same page for every number', async () => {
		const requests = serve(idsOf(0, 500), { ignoresPage: true });
		expect(await read()).toHaveLength(50);
		expect(requests).toHaveLength(2);
	});

	it('ends if the order of the list changes with every request', async () => {
		const list = idsOf(0, 200);
		serve(list, { change: (all) => void all.unshift(...all.splice(90)) });
		expect(new Set(await read()).size).toBeGreaterThan(50);
	});

	it('reads no more pages than needed', async () => {
		const requests = serve(idsOf(0, 500));
		expect(await take(readPages(nockClient(), call), 50)).toHaveLength(50);
		expect(requests).toEqual(['1/50']);
	});

	it('sends the filters with every page', async () => {
		for (const page of ['page=1&limit=50', 'page=2&limit=49']) {
			const ids = page.startsWith('page=1') ? idsOf(0, 50) : idsOf(49, 60);
			masv()
				.get(`/v1.1/things?status=new%2Cexpired&${page}`)
				.reply(200, { metadata: { total: 60 }, records: ids.map((id) => ({ id })) });
		}
		const query = { status: ['new', 'expired'] };
		expect(await take(readPages(nockClient(), { ...call, query }), Infinity)).toHaveLength(60);
	});
});

describe('take', () => {
	it('takes nothing with a limit of 0', async () => {
		expect(await take(readPages(nockClient(), call), 0)).toEqual([]);
	});
});

describe('a server that returns cursors', () => {
	const page = (query: object, from: number, to: number, more: object) =>
		masv()
			.get('/v1.1/things')
			.query({ limit: 50, ...query })
			.reply(200, { records: idsOf(from, to).map((id) => ({ id })), ...more });

	it.each([
		['in the page', (cursor: string) => ({ next_cursor: cursor })],
		['in the metadata, beside a total', (cursor: string) => ({ metadata: { total: 70, next_cursor: cursor } })],
		[
			'in a URL, whatever else is in it',
			(cursor: string) => ({ next: `https://other.example/x?limit=1&cursor=${cursor}` }),
		],
	])('is followed by its cursors: %s', async (_, with_) => {
		page({ page: 1 }, 0, 30, with_('a'));
		page({ cursor: 'a' }, 30, 60, with_('b'));
		// A record that has moved to the next page meanwhile is listed once.
		page({ cursor: 'b' }, 59, 70, {});
		expect(await read()).toEqual(idsOf(0, 70));
	});

	it('is not asked for ever', async () => {
		page({ page: 1 }, 0, 2, { next_cursor: 'a' });
		page({ cursor: 'a' }, 2, 4, { next_cursor: 'b' });
		page({ cursor: 'b' }, 2, 4, { next_cursor: 'a' });
		expect(await read()).toEqual(idsOf(0, 4));
	});

	it.each([
		['lists the same again', (cursor: number) => [cursor % 2]],
		['lists nothing', () => []],
	])('is not asked for ever if it invents cursors and %s', async (_, list) => {
		let cursor = 0;
		masv()
			.persist()
			.get('/v1.1/things')
			.query(true)
			.reply(() => [200, { records: list(++cursor).map((id) => ({ id: String(id) })), next_cursor: `c${cursor}` }]);
		expect((await read()).length).toBeLessThanOrEqual(2);
		expect(cursor).toBeLessThan(50);
	});

	it('is read to its end, however many pages are empty', async () => {
		let cursor = 0;
		masv()
			.persist()
			.get('/v1.1/things')
			.query(true)
			.reply(() => {
				const [number, isLast] = [cursor++, cursor > 30];
				const records = number % 3 === 0 ? [{ id: String(number) }] : [];
				return [200, { records, ...(!isLast && { next_cursor: `c${number}` }) }];
			});
		expect(await read()).toEqual(['0', '3', '6', '9', '12', '15', '18', '21', '24', '27', '30']);
	});

	it('may name the cursor twice, empty at first', async () => {
		page({ page: 1 }, 0, 2, { next_cursor: '', next: 'a' });
		page({ cursor: 'a' }, 2, 4, {});
		expect(await read()).toEqual(idsOf(0, 4));
	});

	it.each([
		{ next_cursor: '' },
		{ next_cursor: null },
		{ next: 'https://other.example/x?page=2' },
		{ next: 'https://other.example/x?cursor=' },
	])('has ended with %j', async (more) => {
		page({ page: 1 }, 0, 2, { metadata: { total: 2 }, ...more });
		expect(await read()).toEqual(idsOf(0, 2));
	});

	it('is read no further than wanted', async () => {
		page({ page: 1 }, 0, 30, { next_cursor: 'a' });
		expect(await take(readPages(nockClient(), call), 30)).toHaveLength(30);
	});
});
