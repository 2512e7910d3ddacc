import { applyToWindow } from '../../../nodes/Masv/fields/expiryWindow';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

describe('packages of one portal, on a server that archives each by itself', () => {
	const portal = '/v1/portals/O1/packages';
	const archive = async () =>
		await applyToWindow(nockClient(), 'archive', {
			scope: 'portal',
			portalId: 'O1',
			expiryStart: '2026-01-01T00:00:00.000Z',
			expiryEnd: '2026-01-31T00:00:00.000Z',
		});
	const lists = () =>
		masv()
			.post(`${portal}/archive`)
			.reply(404)
			.put(`${portal}/archive`)
			.reply(404)
			.get('/v1.1/portals/O1/packages?page=1&limit=50');

	it('a missing portal is reported as such', async () => {
		lists().reply(404);
		expect(await failureOf(archive())).toMatchObject({ code: 'portal_not_found', message: 'There is no portal O1' });
	});

	it('a missing package is not reported as a missing portal', async () => {
		const found = { id: 'P1', state: 'expired', expiry: '2026-01-15T00:00:00.000Z', access_token: 'token-1' };
		lists().reply(200, { metadata: { total: 1 }, records: [found] });
		masv().put(`${portal}/P1/archive`).reply(404);
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, found).put('/v1/packages/P1/archive').reply(404);
		expect((await failureOf(archive())).message).toContain('Could not archive package P1. MASV responded with 404');
	});
});
