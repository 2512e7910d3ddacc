import { z } from 'zod';

import { readPages, take } from '../../masv/pages';
import { masv, nockClient, useNock } from '../support/nockMasv';

useNock();

const record = z.looseObject({ id: z.string() });
const records = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => ({ id: `${from + index}` }));

/** Describes one page and what it is asked with. */
function page(number: number, answer: object, limit = 50): void {
	masv().get(`/v1.1/things?page=${number}&limit=${limit}`).reply(200, answer);
}

async function ids(pageRecords?: number): Promise<string[]> {
	const found = [];
	const call = { operation: 'list the things', path: '/v1.1/things', record, pageRecords };
	for await (const { id } of readPages(nockClient(), call)) found.push(id);
	return found;
}

describe('readPages', () => {
	it('begins at page 1 and ends when the total is reached, without an extra request', async () => {
		page(1, { metadata: { total: 100 }, records: records(0, 50) });
		page(2, { metadata: { total: 100 }, records: records(50, 100) });
		expect(await ids()).toHaveLength(100);
	});

	it('needs one request for an empty list', async () => {
		page(1, { metadata: { total: 0 }, records: [] });
		expect(await ids()).toEqual([]);
	});

	it('treats null as an empty list', async () => {
		page(1, { metadata: { total: 0 }, records: null });
		expect(await ids()).toEqual([]);
	});

	it('returns a record once if a growing list repeats it on the next page', async () => {
		page(1, { metadata: { total: 3 }, records: [{ id: 'c' }, { id: 'b' }] }, 2);
		page(2, { metadata: { total: 4 }, records: [{ id: 'b' }, { id: 'a' }] }, 2);
		page(3, { metadata: { total: 4 }, records: [] }, 2);
		expect(await ids(2)).toEqual(['c', 'b', 'a']);
	});

	it('ends if the server returns the same page for every number', async () => {
		page(1, { metadata: { total: 500 }, records: records(0, 50) });
		page(2, { metadata: { total: 500 }, records: records(0, 50) });
		expect(await ids()).toHaveLength(50);
	});

	it('continues if the server returns fewer records per page than requested', async () => {
		page(1, { metadata: { total: 60 }, records: records(0, 25) });
		page(2, { metadata: { total: 60 }, records: records(25, 50) });
		page(3, { metadata: { total: 60 }, records: records(50, 60) });
		expect(await ids()).toHaveLength(60);
	});

	it('treats a bare array as the whole list', async () => {
		page(1, records(0, 130));
		expect(await ids()).toHaveLength(130);
	});

	it.each([undefined, 0, 5])('ends at a page with nothing new if the total is %s', async (total) => {
		page(1, { metadata: { total }, records: records(0, 20) });
		page(2, { metadata: { total }, records: records(20, 40) });
		page(3, { metadata: { total }, records: records(40, 45) });
		page(4, { metadata: { total }, records: [] });
		expect(await ids()).toHaveLength(45);
	});

	it('never requests more than the maximum page size', async () => {
		page(1, []);
		expect(await ids(1_000)).toEqual([]);
	});

	it('reads no more pages than needed', async () => {
		page(1, { metadata: { total: 500 }, records: records(0, 50) });
		const call = { operation: 'list the things', path: '/v1.1/things', record };
		expect(await take(readPages(nockClient(), call), 50)).toHaveLength(50);
	});

	it('sends the filters with every page', async () => {
		masv()
			.get('/v1.1/things?status=new%2Cexpired&page=1&limit=1')
			.reply(200, { metadata: { total: 2 }, records: records(0, 1) })
			.get('/v1.1/things?status=new%2Cexpired&page=2&limit=1')
			.reply(200, { metadata: { total: 2 }, records: records(1, 2) });
		const call = {
			operation: 'list',
			path: '/v1.1/things',
			record,
			pageRecords: 1,
			query: { status: ['new', 'expired'] },
		};
		expect(await take(readPages(nockClient(), call), Infinity)).toHaveLength(2);
	});
});

describe('take', () => {
	it('takes nothing with a limit of 0', async () => {
		const call = { operation: 'list', path: '/v1.1/things', record };
		expect(await take(readPages(nockClient(), call), 0)).toEqual([]);
	});
});
