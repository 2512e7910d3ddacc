import { MasvApiError } from '../../../masv/errors';
import { findPortalId } from '../../../masv/portals/findPortalId';
import { findPortal } from '../../../masv/portals/portals';
import { apiKey, failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

describe('findPortal', () => {
	it('reads one portal', async () => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get('/v1.1/portals/O1')
			.reply(200, { id: 'O1', name: 'Unit' });
		expect(await findPortal(nockClient(), 'O1')).toEqual({ id: 'O1', name: 'Unit' });
	});

	it.each([
		['O2', { id: 'O2' }],
		['O9', undefined],
	])('searches the list on a server without the route: %s', async (id, found) => {
		masv().get(`/v1.1/portals/${id}`).reply(404);
		masv()
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, { metadata: { total: 2 }, records: [{ id: 'O1' }, { id: 'O2' }] });
		expect(await findPortal(nockClient(), id)).toEqual(found);
	});

	it('finds none if the key may not list the portals, into which it may still deliver', async () => {
		masv().get('/v1.1/portals/O1').reply(403).get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(403);
		expect(await findPortal(nockClient(), 'O1')).toBeUndefined();
	});

	it('does not search with a wrong API key', async () => {
		masv().get('/v1.1/portals/O1').reply(401);
		expect(await failureOf(findPortal(nockClient(), 'O1'))).toBeInstanceOf(MasvApiError);
	});
});

describe('findPortalId', () => {
	it('asks the route for everyone if the key may not list the portals', async () => {
		masv().get(`/v1.1/teams/${teamId}/portals?subdomain=unit&page=1&limit=50`).reply(403);
		masv({ badheaders: ['x-api-key'] })
			.get('/v1/subdomains/portals/unit')
			.reply(200, { id: 'O1' });
		expect(await findPortalId(nockClient(), 'https://unit.portal.massive.io')).toBe('O1');
	});

	it('does not ask it if the list cannot be read for another reason', async () => {
		masv().get(`/v1.1/teams/${teamId}/portals?subdomain=unit&page=1&limit=50`).reply(401);
		expect(await failureOf(findPortalId(nockClient(), 'unit'))).toMatchObject({ status: 401 });
	});
});
