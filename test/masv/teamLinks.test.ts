import type { MasvError } from '../../masv/errors';
import { fetchTeamLinks } from '../../masv/teamLinks';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';

useNock();

const lists = () =>
	masv()
		.get(`/v1/teams/${teamId}/packages`)
		.query({ new: 'true', finalized: 'true', expired: 'true', archived: 'true' });

describe('the links of the team', () => {
	it('are those of all its packages, without what opens them', async () => {
		const link = { id: 'L1', email: '', active: true, access_limit: 5 };
		lists().reply(200, [
			{ id: 'P1', name: 'Dailies', access_token: 'token', links: [{ ...link, download_secret: 's', password: 'p' }] },
			{ id: 'P2', links: null },
			{ id: 'P3', links: [{ id: 'L2' }, { id: 'L3', active: false }] },
		]);
		expect(await fetchTeamLinks(nockClient())).toEqual([
			{ ...link, package_id: 'P1', package_name: 'Dailies' },
			{ id: 'L2', package_id: 'P3', package_name: undefined },
			{ id: 'L3', active: false, package_id: 'P3', package_name: undefined },
		]);
	});

	it('cannot be listed on a server without the legacy list', async () => {
		lists().reply(404);
		const error = await failureOf<MasvError>(fetchTeamLinks(nockClient()));
		expect([error.code, error.message]).toEqual([
			'route_undocumented',
			'Could not list the links. Only a legacy list of MASV shows them, and this server does not have it',
		]);
	});
});
