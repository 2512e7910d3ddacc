import type { ArchiveVerb } from '../../../masv/packages/archive';
import { archivePackage, archivePortalPackages, archiveTeamPackages } from '../../../masv/packages/archive';
import { MasvApiError, MasvInputError } from '../../../masv/errors';
import { apiKey, failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const window = { expiry_start: '2026-01-01T00:00:00.000Z', expiry_end: '2026-01-31T00:00:00.000Z' };
const withKey = { reqheaders: { 'x-api-key': apiKey } };
const withToken = { reqheaders: { 'x-package-token': 'token-1' }, badheaders: ['x-api-key'] };
const found = (state: string, id = 'P1') => ({
	id,
	state,
	access_token: 'token-1',
	expiry: '2026-01-15T00:00:00.000Z',
});
const getPackage = `/v1.1/teams/${teamId}/packages/P1`;
const list = '/v1.1/portals/O1/packages?page=1&limit=50';
const lostAnswer = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

describe('archivePackage', () => {
	it.each<ArchiveVerb>(['archive', 'unarchive'])('looks up the token and sends the %s request', async (verb) => {
		masv(withKey).get(getPackage).reply(200, found('expired'));
		masv(withToken).put(`/v1/packages/P1/${verb}`).reply(204);
		await archivePackage(nockClient(), verb, 'P1');
	});

	it.each<[ArchiveVerb, string, string]>([
		['archive', 'finalized', 'Package P1 is finalized. Only expired packages can be archived'],
		['archive', 'archived', 'Package P1 is archived. Only expired packages can be archived'],
		['unarchive', 'expired', 'Package P1 is expired. Only archived packages can be unarchived'],
	])('explains why MASV refuses to %s a package that is %s', async (verb, state, message) => {
		masv().get(getPackage).times(2).reply(200, found(state));
		masv().put(`/v1/packages/P1/${verb}`).reply(400, { message: 'wrong state' });
		const error = await failureOf<MasvInputError>(archivePackage(nockClient(), verb, 'P1'));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe(message);
	});

	it('passes a refusal through if the state was right', async () => {
		masv().get(getPackage).times(2).reply(200, found('expired'));
		masv().put('/v1/packages/P1/archive').reply(409, { message: 'busy' });
		const error = await failureOf(archivePackage(nockClient(), 'archive', 'P1'));
		expect(error.message).toBe('Could not archive package P1. MASV responded with 409: busy');
	});

	it.each<[ArchiveVerb, string]>([
		['archive', 'archived'],
		['unarchive', 'expired'],
	])('succeeds if the response to %s was lost and the package is %s afterwards', async (verb, state) => {
		masv().get(getPackage).times(2).reply(200, found(state));
		masv().put(`/v1/packages/P1/${verb}`).replyWithError(lostAnswer);
		masv().put(`/v1/packages/P1/${verb}`).reply(400, { message: 'wrong state' });
		await archivePackage(nockClient(), verb, 'P1');
	});

	it.each<[ArchiveVerb, string, string]>([
		['archive', 'expired', 'archived'],
		['unarchive', 'archived', 'expired'],
	])('succeeds if the lost %s shows only after a while', async (verb, before, after) => {
		masv().get(getPackage).times(3).reply(200, found(before));
		masv().put(`/v1/packages/P1/${verb}`).replyWithError(lostAnswer);
		masv().put(`/v1/packages/P1/${verb}`).reply(400, { message: 'wrong state' });
		masv().get(getPackage).reply(200, found(after));
		await archivePackage(nockClient(), verb, 'P1');
	});

	it('passes the refusal of a repetition through if the package stays as it was', async () => {
		masv().get(getPackage).reply(200, found('expired'));
		masv().put('/v1/packages/P1/archive').replyWithError(lostAnswer);
		masv().put('/v1/packages/P1/archive').reply(409, { message: 'busy' });
		masv().get(getPackage).times(50).optionally().reply(200, found('expired'));
		const error = await failureOf(archivePackage(nockClient(), 'archive', 'P1'));
		expect(error.message).toBe('Could not archive package P1. MASV responded with 409: busy');
	});
});

describe('archiveTeamPackages', () => {
	it.each([
		['archive', 'sent', `/v1/teams/${teamId}/archive`],
		['unarchive', 'sent', `/v1/teams/${teamId}/unarchive`],
		['archive', 'received', `/v1/teams/${teamId}/inbox/archive`],
		['unarchive', 'received', `/v1/teams/${teamId}/inbox/unarchive`],
	] as const)('sends the %s request for %s packages', async (verb, which, route) => {
		masv(withKey).put(route, window).reply(200, { total_updated: 51 });
		expect(await archiveTeamPackages(nockClient(), verb, which, window)).toBe(51);
	});
});

describe('archivePortalPackages', () => {
	const portal = '/v1/portals/O1';

	it('works with a server that accepts the documented example', async () => {
		masv(withKey).post(`${portal}/packages/archive`, window).reply(200, { total_updated: 3 });
		expect(await archivePortalPackages(nockClient(), 'archive', 'O1', window)).toBe(3);
	});

	it.each([404, 405, 501])('works with a server that accepts only PUT and responds with %i to POST', async (status) => {
		masv(withKey).post(`${portal}/packages/unarchive`).reply(status);
		masv(withKey).put(`${portal}/packages/unarchive`, window).reply(200, { total_updated: 2 });
		expect(await archivePortalPackages(nockClient(), 'unarchive', 'O1', window)).toBe(2);
	});

	it('works with a server that has only the route of the table: each package in the window, ends included', async () => {
		noBulk('archive');
		masv(withKey)
			.get(list)
			.reply(200, {
				metadata: { total: 6 },
				records: [
					found('expired', 'inside'),
					{ ...found('expired', 'first'), expiry: window.expiry_start },
					{ ...found('expired', 'last'), expiry: window.expiry_end },
					{ ...found('expired', 'early'), expiry: '2025-12-31T23:59:59.999Z' },
					{ ...found('expired', 'late'), expiry: '2026-01-31T00:00:00.001Z' },
					found('finalized', 'alive'),
				],
			});
		for (const id of ['inside', 'first', 'last']) {
			masv(withKey).put(`${portal}/packages/${id}/archive`, window).reply(204);
		}
		expect(await archivePortalPackages(nockClient(), 'archive', 'O1', window)).toBe(3);
	});

	it('uses the double slash of the table for unarchive if the plain route is missing', async () => {
		noBulk('unarchive');
		masv()
			.get(list)
			.reply(200, { metadata: { total: 1 }, records: [found('archived')] });
		masv(withKey).put(`${portal}/packages/P1/unarchive`).reply(404);
		masv(withKey).put(`${portal}//packages/P1/unarchive`, window).reply(204);
		expect(await archivePortalPackages(nockClient(), 'unarchive', 'O1', window)).toBe(1);
	});

	it('uses the route of a single package if the portal has none', async () => {
		noBulk('archive');
		masv()
			.get(list)
			.reply(200, { metadata: { total: 1 }, records: [found('expired')] });
		masv().put(`${portal}/packages/P1/archive`).reply(404);
		masv().get(getPackage).reply(200, found('expired'));
		masv(withToken).put('/v1/packages/P1/archive').reply(204);
		expect(await archivePortalPackages(nockClient(), 'archive', 'O1', window)).toBe(1);
	});

	it('requests archived packages by their state if the list does not contain them', async () => {
		noBulk('unarchive');
		masv()
			.get(list)
			.reply(200, { metadata: { total: 1 }, records: [found('expired', 'other')] });
		masv()
			.get('/v1.1/portals/O1/packages?status=archived&page=1&limit=50')
			.reply(200, { metadata: { total: 1 }, records: [found('archived')] });
		masv().put(`${portal}/packages/P1/unarchive`).reply(204);
		expect(await archivePortalPackages(nockClient(), 'unarchive', 'O1', window)).toBe(1);
	});

	it('finds none if the server does not support that filter', async () => {
		noBulk('unarchive');
		masv()
			.get(list)
			.reply(200, { metadata: { total: 0 }, records: [] });
		masv().get('/v1.1/portals/O1/packages?status=archived&page=1&limit=50').reply(400, { message: 'status?' });
		expect(await archivePortalPackages(nockClient(), 'unarchive', 'O1', window)).toBe(0);
	});

	it('reports that there is no such portal', async () => {
		noBulk('archive');
		masv().get(list).reply(404, { message: 'portal not found' });
		const error = await failureOf(archivePortalPackages(nockClient(), 'archive', 'O1', window));
		expect(error.message).toBe('There is no portal O1');
	});

	it('does not try other routes after a rejection', async () => {
		masv().post(`${portal}/packages/archive`).reply(403, { message: 'role' });
		expect(await failureOf(archivePortalPackages(nockClient(), 'archive', 'O1', window))).toBeInstanceOf(MasvApiError);
	});

	function noBulk(verb: ArchiveVerb): void {
		masv().post(`${portal}/packages/${verb}`).reply(404).put(`${portal}/packages/${verb}`).reply(404);
	}
});
