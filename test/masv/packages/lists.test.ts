import { fetchPortalPackagesV1 } from '../../../masv/packages/lists';
import { readReceivedPackages } from '../../../masv/packages/received';
import { fetchPackageToken } from '../../../masv/packages/find';
import { take } from '../../../masv/pages';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const legacy = '/v1/portals/O1/packages?new=true&finalized=true&expired=true&archived=true';

describe('the legacy list of a portal', () => {
	it.each([400, 404, 405, 501])('is empty if the server does not have it: %i', async (status) => {
		masv().get(legacy).reply(status);
		expect(await fetchPortalPackagesV1(nockClient(), 'O1')).toEqual([]);
	});
});

describe('the inbox', () => {
	// MASV does not document its response.
	it.each(['records', 'packages'])('is read if its list is called %s', async (name) => {
		masv()
			.get(`/v1.1/teams/${teamId}/inbox?page=1&limit=50`)
			.reply(200, { metadata: { total: 1 }, [name]: [{ id: 'P1' }] });
		expect(await take(readReceivedPackages(nockClient(), {}), Infinity)).toMatchObject([{ id: 'P1' }]);
	});
});

describe('archived packages, without the inbox', () => {
	it.each([
		['those of the requested sender', { sender: 'ann@b.example' }, ['A']],
		['none with a tag, since their list does not tell their tags', { tags: ['T1'] }, []],
	])('are %s', async (_, filter, ids) => {
		masv()
			.get(/\/inbox\?/)
			.reply(404)
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, { metadata: { total: 1 }, records: [{ id: 'O1' }] })
			.get(legacy)
			.reply(200, [
				{ id: 'A', state: 'archived', sender: 'ann@b.example' },
				{ id: 'B', state: 'archived', sender: 'bob@b.example' },
			])
			.get(/^\/v1\.1\/portals\/O1\/packages\?/)
			.reply(200, { metadata: { total: 0 }, records: [] });
		const query = { status: ['archived'], ...filter };
		const found = await take(readReceivedPackages(nockClient(), query), Infinity);
		expect(found.map(({ id }) => id)).toEqual(ids);
	});
});

describe('received packages, without the inbox', () => {
	const page = (...records: object[]) => ({ metadata: { total: records.length }, records });
	const portals = (...ids: string[]) =>
		masv()
			.get(/\/inbox\?/)
			.reply(404)
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, page(...ids.map((id) => ({ id }))));
	const packagesOf = (id: string, status: number, ...records: object[]) =>
		masv()
			.get(`/v1.1/portals/${id}/packages?page=1&limit=50`)
			.reply(status, page(...records));
	const read = async (query = {}) =>
		(await take(readReceivedPackages(nockClient(), query), Infinity)).map(({ id }) => id);

	it.each([
		['of the requested Teamspaces', { teamspaces: ['S1', 'S3'] }, ['in S1', 'in S3']],
		['that use extra storage', { extra_storage: true }, ['in S1']],
		['that use none', { extra_storage: false }, ['in S3', 'in S2', 'in none']],
	])('are those %s', async (_, query, wanted) => {
		portals('O1');
		packagesOf(
			'O1',
			200,
			{ id: 'in S1', state: 'finalized', teamspace: { id: 'S1' }, extra_storage: true },
			{ id: 'in S3', state: 'finalized', teamspace_id: 'S3', extra_storage: false },
			{ id: 'in S2', state: 'finalized', teamspace: { id: 'S2' } },
			{ id: 'in none', state: 'expired', teamspace: null },
		);
		expect(await read(query)).toEqual(wanted);
	});

	it('are returned once if both lists of a portal contain archived ones', async () => {
		portals('O1');
		packagesOf('O1', 200, { id: 'A', state: 'archived' }, { id: 'B', state: 'finalized' });
		masv()
			.get(legacy)
			.reply(200, [
				{ id: 'A', state: 'archived' },
				{ id: 'C', state: 'archived' },
			]);
		expect(await read({ status: ['archived'] })).toEqual(['A', 'C']);
	});

	it.each([
		['-created_at', ['B', 'C', 'A', 'D']],
		['size', ['A', 'B', 'C', 'D']],
		['-size', ['C', 'B', 'A', 'D']],
		['name', ['C', 'A', 'B', 'D']],
		['-status', ['A', 'C', 'D', 'B']],
	])('of all portals are in the requested order: %s', async (sort, wanted) => {
		portals('O1', 'O2');
		packagesOf(
			'O1',
			200,
			{ id: 'A', state: 'finalized', name: 'm', size: 1, created_at: '2026-01-01T00:00:00Z' },
			{ id: 'B', state: 'expired', name: 'Z', size: 2, created_at: '2026-01-01T05:00:00Z' },
		);
		packagesOf(
			'O2',
			200,
			{ id: 'C', state: 'finalized', name: 'B', size: 30, created_at: '2026-01-01T05:00:00+01:00' },
			{ id: 'D', state: 'finalized' },
		);
		expect(await read({ sort })).toEqual(wanted);
	});

	it('are sorted by the expiry that only the legacy list of a portal has', async () => {
		portals('O1');
		packagesOf('O1', 200, { id: 'A', state: 'finalized' }, { id: 'B', state: 'finalized' });
		masv()
			.get(legacy)
			.reply(200, [
				{ id: 'A', state: 'finalized', expiry: '2026-02-01T00:00:00Z' },
				{ id: 'B', state: 'finalized', expiry: '2026-01-01T00:00:00Z' },
			]);
		expect(await read({ sort: 'expiry' })).toEqual(['B', 'A']);
	});

	it.each([
		['never expires', { id: 'B', state: 'finalized', unlimited_storage: true }, []],
		['never expires', { id: 'B', state: 'finalized', unlimited_storage: true, expiry: '0001-01-01T00:00:00.000Z' }, []],
		['arrived between two requests', { id: 'B', state: 'finalized' }, [{ id: 'A', expiry: '2026-01-01T00:00:00Z' }]],
	])('that expire before a date are found beside one that %s', async (_, other, older) => {
		portals('O1', 'O2');
		masv().get(legacy).reply(200, older);
		packagesOf('O1', 200, other, { id: 'A', state: 'finalized', expiry: '2026-01-01T00:00:00Z' });
		masv().get(legacy.replace('O1', 'O2')).reply(200, []);
		packagesOf('O2', 200, { id: 'C', state: 'finalized', expiry: '2026-03-01T00:00:00Z' });
		expect(await read({ expiry_end: '2026-02-01T00:00:00Z' })).toEqual(['A']);
	});

	it.each([403, 404])('do not lack those of other portals because one cannot be read: %d', async (status) => {
		portals('O1', 'O2');
		packagesOf('O1', status);
		packagesOf('O2', 200, { id: 'A', state: 'finalized' });
		expect(await read()).toEqual(['A']);
	});

	it('fail if one cannot be read for another reason', async () => {
		portals('O1', 'O2');
		packagesOf('O1', 200, { id: 'A', state: 'finalized' });
		packagesOf('O2', 401);
		expect(await failureOf(read())).toMatchObject({ status: 401 });
	});

	it('are not said to be none if no portal can be read', async () => {
		portals('O1', 'O2');
		packagesOf('O1', 403);
		packagesOf('O2', 403);
		expect(await failureOf(read())).toMatchObject({ status: 403 });
	});
});

it('finds a package although a private portal of others cannot be read', async () => {
	masv()
		.get(`/v1.1/teams/${teamId}/packages/P1`)
		.reply(404)
		.get(/\/packages\?status=/)
		.reply(200, { metadata: { total: 0 }, records: [] })
		.get(/\/portals\?/)
		.reply(200, { metadata: { total: 2 }, records: [{ id: 'O1' }, { id: 'O2' }] })
		.get('/v1.1/portals/O1/packages?page=1&limit=50')
		.reply(403)
		.get('/v1.1/portals/O2/packages?page=1&limit=50')
		.reply(200, { metadata: { total: 1 }, records: [{ id: 'P1', access_token: 'token-1' }] });
	expect(await fetchPackageToken(nockClient(), 'P1')).toBe('token-1');
});
