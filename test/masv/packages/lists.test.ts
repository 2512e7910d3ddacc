import { fetchPortalPackagesV1 } from '../../../masv/packages/lists';
import { readReceivedPackages } from '../../../masv/packages/received';
import { take } from '../../../masv/pages';
import { masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const legacy = '/v1/portals/O1/packages?new=true&finalized=true&expired=true&archived=true';

describe('the legacy list of a portal', () => {
	it.each([400, 404, 405, 501])('is empty if the server does not have it: %i', async (status) => {
		masv().get(legacy).reply(status);
		expect(await fetchPortalPackagesV1(nockClient(), 'O1')).toEqual([]);
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
