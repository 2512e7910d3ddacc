import { MasvApiError, MasvConnectionError, MasvInputError } from '../../../masv/errors';
import { withoutSecrets } from '../../../masv/packages/shown';
import { take } from '../../../masv/pages';
import { noRetry } from '../../../masv/retry';
import { apiKey, failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import type { PackageTarget } from '../../../masv/packages/create';
import { createPackage } from '../../../masv/packages/create';
import { isWithin } from '../../../masv/dates';
import { readSentPackages } from '../../../masv/packages/lists';
import { readReceivedPackages } from '../../../masv/packages/received';
import { fetchPackage, fetchPackageToken } from '../../../masv/packages/find';
import { fetchFiles } from '../../../masv/packages/files';
import { deletePackage } from '../../../masv/packages/change';

useNock();

const withKey = { reqheaders: { 'x-api-key': apiKey } };
const withToken = { reqheaders: { 'x-package-token': 'token-1' }, badheaders: ['x-api-key'] };
const team = `/v1.1/teams/${teamId}`;
const sent = `${team}/packages?status=new%2Cfinalized%2Cexpired%2Carchived&sort=-created_at&page=1&limit=50`;
const portals = `${team}/portals?page=1&limit=50`;
const page = (...records: object[]) => ({ metadata: { total: records.length }, records });

describe('createPackage', () => {
	it.each([
		['team', `/v1/teams/${teamId}/packages`, { recipients: [] }],
		['portal', '/v1/portals/O1/packages', { sender: 'anna@example.com' }],
	] as const)('creates one with a part size: %s', async (kind, route, more) => {
		const request = { name: 'Dailies', description: '', ...more, chunk_size: 5_242_880 };
		masv().post(route, request).reply(201, { id: 'P1', access_token: 'token-1' });
		const target = { kind, portalId: 'O1', accessCode: undefined, request } as unknown as PackageTarget;
		await createPackage(nockClient(), target);
	});

	it('creates one in the team and remembers its token', async () => {
		const request = { name: 'Dailies', description: '', recipients: ['anna@example.com'] };
		masv(withKey).post(`/v1/teams/${teamId}/packages`, request).reply(201, { id: 'P1', access_token: 'token-1' });
		const client = nockClient();
		expect(await createPackage(client, { kind: 'team', request })).toMatchObject({ id: 'P1' });
		expect(await fetchPackageToken(client, 'P1')).toBe('token-1');
		expect(client.secrets.redact('token-1')).toBe('[hidden]');
	});

	it.each([
		['with its password', 'päss', { reqheaders: { 'x-access-code': 'p%C3%A4ss' }, badheaders: ['x-api-key'] }],
		['that is open', undefined, { badheaders: ['x-api-key', 'x-access-code'] }],
	])('creates one in a portal %s, without the API key', async (_, accessCode, headers) => {
		const request = { name: 'Dailies', description: '', sender: 'anna@example.com' };
		masv(headers).post('/v1/portals/O1/packages', request).reply(201, { id: 'P1', access_token: 'token-1' });
		await createPackage(nockClient(), { kind: 'portal', portalId: 'O1', accessCode, request });
	});
});

describe('fetchPackage', () => {
	it('reads one package and remembers its token', async () => {
		masv(withKey).get(`${team}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state: 'new' });
		const client = nockClient();
		expect(await fetchPackage(client, 'P1')).toMatchObject({ state: 'new' });
		expect(await fetchPackageToken(client, 'P1')).toBe('token-1');
	});

	it.each([400, 403, 404, 405, 501])('searches the sent packages after a %i', async (status) => {
		masv().get(`${team}/packages/P1`).reply(status);
		masv(withKey)
			.get(sent)
			.reply(200, page({ id: 'P0' }, { id: 'P1', access_token: 'token-1' }));
		expect(await fetchPackageToken(nockClient(), 'P1')).toBe('token-1');
	});

	it('then searches the packages of each portal', async () => {
		masv()
			.get(`${team}/packages/P1`)
			.reply(404)
			.get(sent)
			.reply(200, page({ id: 'P0' }));
		masv()
			.get(portals)
			.reply(200, page({ id: 'O1' }, { id: 'O2' }, { id: 'O3' }));
		masv().get('/v1.1/portals/O1/packages?page=1&limit=50').reply(200, page());
		masv()
			.get('/v1.1/portals/O2/packages?page=1&limit=50')
			.reply(200, page({ id: 'P1', access_token: 'token-1' }));
		expect(await fetchPackageToken(nockClient(), 'P1')).toBe('token-1');
	});

	it('reports that no list contains it', async () => {
		masv().get(`${team}/packages/P1`).reply(404).get(sent).reply(200, page()).get(portals).reply(200, page());
		const error = await failureOf<MasvInputError>(fetchPackage(nockClient(), 'P1'));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe(`There is no package P1 in team ${teamId}`);
	});

	it('looks for the token in the lists if the package was returned without one', async () => {
		masv().get(`${team}/packages/P1`).reply(200, { id: 'P1', state: 'new' });
		masv()
			.get(sent)
			.reply(200, page({ id: 'P1', access_token: 'token-1' }));
		expect(await fetchPackageToken(nockClient(), 'P1')).toBe('token-1');
	});

	it('returns the package without its token if no list contains it, and reports that there is no access', async () => {
		masv().get(`${team}/packages/P1`).times(2).reply(200, { id: 'P1', state: 'archived' });
		masv().get(sent).times(2).reply(200, page()).get(portals).times(2).reply(200, page());
		expect(await fetchPackage(nockClient(), 'P1')).toEqual({ id: 'P1', state: 'archived' });
		const error = await failureOf(fetchPackageToken(nockClient(), 'P1'));
		expect(error.message).toBe('MASV does not give access to package P1');
	});

	it('does not search with a wrong API key', async () => {
		masv().get(`${team}/packages/P1`).reply(401);
		expect(await failureOf(fetchPackage(nockClient(), 'P1'))).toBeInstanceOf(MasvApiError);
	});

	it('cannot be led to another route', async () => {
		masv().get(`${team}/packages/..%2F..%2Fportals`).reply(200, { id: 'x', access_token: 'y' });
		await fetchPackage(nockClient(), '../../portals');
	});
});

describe('readSentPackages', () => {
	it('passes filters on', async () => {
		masv()
			.get(`${team}/packages?status=new%2Cexpired&name=a%20b&extra_storage=false&page=1&limit=50`)
			.reply(200, page());
		const query = { status: ['new', 'expired'], name: 'a b', extra_storage: false, sender: undefined };
		expect(await take(readSentPackages(nockClient(), query), Infinity)).toEqual([]);
	});
});

describe('readReceivedPackages', () => {
	const read = async (query = {}) =>
		(await take(readReceivedPackages(nockClient(), query), Infinity)).map((received) => received.id);

	it('reads the inbox', async () => {
		masv(withKey)
			.get(`${team}/inbox?status=new&page=1&limit=50`)
			.reply(200, page({ id: 'P1' }));
		expect(await read({ status: ['new'] })).toEqual(['P1']);
	});

	it('reads each portal on a server without an inbox, and filters as the inbox would', async () => {
		masv()
			.get(/\/inbox\?/)
			.reply(404);
		masv()
			.get(portals)
			.reply(200, page({ id: 'O1' }, { id: 'O2' }));
		const inside = { state: 'finalized', name: 'DAILIES 1', expiry: '2026-01-15T00:00:00Z' };
		masv()
			.get('/v1.1/portals/O1/packages?sender=a%40b.c&page=1&limit=50')
			.reply(
				200,
				page(
					{ id: 'in', ...inside },
					{ id: 'other name', ...inside, name: 'Rushes' },
					{ id: 'no name', ...inside, name: undefined },
					{ id: 'too late', ...inside, expiry: '2026-03-01T00:00:00Z' },
					{ id: 'not finished', ...inside, state: 'new' },
				),
			)
			.get('/v1.1/portals/O2/packages?sender=a%40b.c&page=1&limit=50')
			.reply(200, page({ id: 'expired', ...inside, state: 'expired' }));
		const query = { name: 'dailies', sender: 'a@b.c', expiry_end: '2026-02-01T00:00:00Z' };
		expect(await read(query)).toEqual(['in', 'expired']);
	});

	it('returns the requested states', async () => {
		masv()
			.get(/\/inbox\?/)
			.reply(405);
		masv()
			.get(portals)
			.reply(200, page({ id: 'O1' }));
		masv()
			.get(/O1\/packages/)
			.reply(200, page({ id: 'new', state: 'new' }, { id: 'done', state: 'finalized' }));
		expect(await read({ status: ['new'] })).toEqual(['new']);
	});

	it('does not begin again with the portals if a later page of the inbox is not found', async () => {
		const full = Array.from({ length: 50 }, (_, index) => ({ id: `P${index}` }));
		masv()
			.get(/\/inbox\?page=1&/)
			.reply(200, { ...page(...full), metadata: { total: 60 } })
			.get(/\/inbox\?page=2&/)
			.reply(404);
		const error = await failureOf(read());
		expect(error).toBeInstanceOf(MasvApiError);
		expect(error).toMatchObject({ status: 404, operation: 'list the received packages' });
	});

	it('reports that the key may not read the inbox', async () => {
		masv()
			.get(/\/inbox\?/)
			.reply(403);
		expect(await failureOf(read())).toBeInstanceOf(MasvApiError);
	});
});

describe('isWithin', () => {
	const [start, middle, end] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'];

	it('includes both ends, and treats an absent one as open', () => {
		expect([isWithin(start, start, end), isWithin(end, start, end), isWithin(middle, undefined, undefined)]).toEqual([
			true,
			true,
			true,
		]);
		expect([isWithin(start, middle, undefined), isWithin(end, undefined, middle)]).toEqual([false, false]);
	});

	it('compares times, not strings', () => {
		expect(isWithin('2026-01-01T01:00:00+02:00', start, end)).toBe(false);
	});

	it('is false without a date, unless both ends are open', () => {
		expect([
			isWithin(undefined, start, undefined),
			isWithin('soon', undefined, end),
			isWithin(undefined, undefined, undefined),
		]).toEqual([false, false, true]);
	});
});

describe('fetchFiles', () => {
	it('lists files with the package token', async () => {
		masv(withKey).get(`${team}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1' });
		masv(withToken)
			.get('/v1/packages/P1/files')
			.reply(200, [
				{ id: 'F1', size: null },
				{ id: 'F2', path: '/a' },
			]);
		expect(await fetchFiles(nockClient(), 'P1')).toMatchObject([{ id: 'F1' }, { id: 'F2', path: '/a' }]);
	});
});

describe('deletePackage', () => {
	const client = () => {
		const known = nockClient();
		known.tokens.set('P1', 'token-1');
		return known;
	};

	it.each([
		[204, false],
		[404, true],
	])('accepts a %i; the package had been deleted before: %s', async (status, already_deleted) => {
		masv(withToken).delete('/v1/packages/P1').reply(status);
		expect(await deletePackage(client(), 'P1')).toEqual({ id: 'P1', deleted: true, already_deleted });
	});

	it('deleted the package itself if a repeated request finds nothing', async () => {
		masv().delete('/v1/packages/P1').reply(502).delete('/v1/packages/P1').reply(404);
		expect(await deletePackage(client(), 'P1')).toMatchObject({ already_deleted: false });
	});

	it.each([
		['expired', 'succeeds'],
		['finalized', 'fails'],
	])('looks at the package if MASV refuses because of its state: %s %s', async (state, outcome) => {
		masv().delete('/v1/packages/P1').reply(409);
		masv().get(`${team}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state });
		const deleting = deletePackage(client(), 'P1');
		if (outcome === 'succeeds') expect(await deleting).toMatchObject({ already_deleted: true });
		else expect(await failureOf(deleting)).toBeInstanceOf(MasvApiError);
	});

	it('fails when MASV refuses', async () => {
		masv().delete('/v1/packages/P1').reply(403);
		expect(await failureOf(deletePackage(client(), 'P1'))).toBeInstanceOf(MasvApiError);
	});
});

describe('withoutSecrets', () => {
	it('removes the token only', () => {
		expect(withoutSecrets({ id: 'P1', access_token: 'token-1', odd: 1 })).toEqual({ id: 'P1', odd: 1 });
	});
});

it('rejects a created package without a token', async () => {
	masv().post(`/v1/teams/${teamId}/packages`).reply(201, { id: 'P1' });
	const target: PackageTarget = { kind: 'team', request: { name: 'a', description: '', recipients: [] } };
	expect(await failureOf(createPackage(nockClient(), target, noRetry))).toBeInstanceOf(MasvConnectionError);
});
