import { take } from '../../masv/pages';
import type { MasvInputError } from '../../masv/errors';
import { createTeamspace, fetchTeamspace, readTeamspaces } from '../../masv/teamspaces';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';

useNock();

const list = `/v1.1/teams/${teamId}/spaces`;
const spaces = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => ({ id: `S${from + index}`, name: `Show ${from + index}` }));
const page = (number: number, total: number | undefined, records: object[]) =>
	masv()
		.get(list)
		.query({ page: number, limit: 50 })
		.reply(200, { metadata: total === undefined ? {} : { total }, records });
const readAll = async () => (await take(readTeamspaces(nockClient()), Infinity)).map(({ id }) => id);
const ids = (count: number) => spaces(0, count).map(({ id }) => id);

describe('readTeamspaces', () => {
	it('begins with page 0', async () => {
		page(0, 70, spaces(0, 50));
		page(1, 70, spaces(50, 70));
		expect(await readAll()).toEqual(ids(70));
	});

	it('takes errors for no list', async () => {
		masv().get(list).query({ page: 0, limit: 50 }).reply(200, { code: 'INTERNAL', errors: [] });
		await expect(readAll()).rejects.toThrow();
	});

	it('lists each once on a server that counts pages from 1', async () => {
		page(0, 70, spaces(0, 50));
		page(1, 70, spaces(0, 50));
		page(2, 70, spaces(50, 70));
		expect(await readAll()).toEqual(ids(70));
	});

	it.each([0, 1])('ends without a total, counting from %j', async (first) => {
		if (first === 1) page(0, undefined, spaces(0, 50));
		page(first, undefined, spaces(0, 50));
		page(first + 1, undefined, spaces(50, 70));
		page(first + 2, undefined, []);
		expect(await readAll()).toEqual(ids(70));
	});

	it.each([
		['the number on the page', (records: object[]) => ({ metadata: { total: records.length }, records })],
		['a bare array', (records: object[]) => records],
	])('reads on after a full page whose total is %s', async (_, toBody) => {
		for (const [number, records] of [spaces(0, 50), spaces(50, 70)].entries()) {
			masv().get(list).query({ page: number, limit: 50 }).reply(200, toBody(records));
		}
		page(2, 0, []);
		expect(await readAll()).toEqual(ids(70));
	});

	it('finds the list under another name than in the documented lists', async () => {
		masv()
			.get(list)
			.query({ page: 0, limit: 50 })
			.reply(200, { metadata: { total: 3 }, spaces: spaces(0, 3) });
		expect(await readAll()).toEqual(ids(3));
	});

	it('ends on a server that ignores pages', async () => {
		for (const number of [0, 1, 2]) page(number, undefined, spaces(0, 3));
		expect(await readAll()).toEqual(ids(3));
	});
});

describe('fetchTeamspace', () => {
	it('returns what MASV returns', async () => {
		masv().get('/v1/spaces/S1').reply(200, { id: 'S1', name: 'North', members: [] });
		expect(await fetchTeamspace(nockClient(), 'S1')).toEqual({ id: 'S1', name: 'North', members: [] });
	});

	it('reports one that does not exist', async () => {
		masv().get('/v1/spaces/S1').reply(404, { message: 'not found' });
		const error = await failureOf<MasvInputError>(fetchTeamspace(nockClient(), 'S1'));
		expect([error.code, error.message]).toEqual(['teamspace_not_found', 'There is no Teamspace S1']);
	});
});

describe('createTeamspace', () => {
	it.each([
		[[], { name: 'North' }],
		[['M1', 'M2'], { name: 'North', member_ids: ['M1', 'M2'] }],
	])('sends the name, and the members %j', async (members, body) => {
		page(0, 0, []);
		masv().post(`/v1/teams/${teamId}/spaces`, body).reply(201, { id: 'S1', name: 'North' });
		expect(await createTeamspace(nockClient(), 'North', members)).toEqual({ id: 'S1', name: 'North' });
	});

	it('reports why MASV refuses', async () => {
		page(0, 0, []);
		masv()
			.post(`/v1/teams/${teamId}/spaces`)
			.reply(400, { code: 0, errors: [{ code: 'x', msg: 'M9 is unknown', type: 'validation_failed' }] });
		const { message } = await failureOf(createTeamspace(nockClient(), 'North', ['M9']));
		expect(message).toBe('Could not create the Teamspace. MASV responded with 400: M9 is unknown');
	});
});
