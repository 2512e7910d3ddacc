import { MasvApiError } from '../../../masv/errors';
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

	it('does not search with a wrong API key', async () => {
		masv().get('/v1.1/portals/O1').reply(401);
		expect(await failureOf(findPortal(nockClient(), 'O1'))).toBeInstanceOf(MasvApiError);
	});
});
