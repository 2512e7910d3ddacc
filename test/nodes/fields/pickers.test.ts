import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { portalId } from '../../../nodes/Masv/fields/portalId';
import { tagId } from '../../../nodes/Masv/fields/tagId';
import { teamspaceId } from '../../../nodes/Masv/fields/teamspaceId';
import { webhookId } from '../../../nodes/Masv/fields/webhookId';
import { fakeN8n } from '../../support/fakeN8n';
import { failureOf, masv, teamId, useNock } from '../../support/nockMasv';

useNock();

const pickers = {
	tags: { field: tagId, route: `/v1/teams/${teamId}/tags`, query: {} },
	Teamspaces: { field: teamspaceId, route: `/v1.1/teams/${teamId}/spaces`, query: { page: 0, limit: 50 } },
	webhooks: { field: webhookId, route: `/v1/teams/${teamId}/custom_webhooks`, query: {} },
};
const cases = Object.entries(pickers);

const search = async (field: (typeof pickers)['tags' | 'Teamspaces' | 'webhooks']['field'], filter?: string) =>
	(await field.listSearch.call(fakeN8n().n8n as unknown as ILoadOptionsFunctions, filter)).results;

describe('the picker', () => {
	it.each(cases)('for %s lists them by name, and searches in the names', async (_, { field, route, query }) => {
		const found = [{ id: 'X1', name: 'Season 2' }, { id: 'X2', name: 'Dailies' }, { id: 'X3' }];
		masv()
			.get(route)
			.query(query)
			.twice()
			.reply(200, { metadata: { total: 3 }, records: found });
		expect(await search(field)).toEqual([
			{ name: 'Dailies', value: 'X2' },
			{ name: 'Season 2', value: 'X1' },
			{ name: 'X3', value: 'X3' },
		]);
		expect(await search(field, 'SEAS')).toEqual([{ name: 'Season 2', value: 'X1' }]);
	});

	it.each(cases)('for %s shows why it fails, and what to do', async (_, { field, route, query }) => {
		masv().get(route).query(query).reply(401, { message: 'expired key' });
		const { message } = await failureOf(search(field));
		expect(message).toContain('MASV responded with 401: expired key');
		expect(message).toContain('Check the API Key in the credential.');
	});

	it('for webhooks shows their URLs', async () => {
		const { field, route } = pickers.webhooks;
		masv()
			.get(route)
			.reply(200, [
				{ id: 'X1', name: 'n8n', url: 'https://a.example' },
				{ id: 'X2', name: '', url: 'https://b.example' },
			]);
		expect(await search(field)).toEqual([
			{ name: 'https://b.example', value: 'X2' },
			{ name: 'n8n: https://a.example', value: 'X1' },
		]);
	});

	it.each([undefined, '', 'dail'])('for portals has MASV search, and shows which are inactive: %p', async (filter) => {
		const query = { sort: 'name', ...(filter === 'dail' && { name: filter }), page: 1, limit: 50 };
		const found = [
			{ id: 'O1', name: 'Dailies', subdomain: 'dailies', active: false },
			{ id: 'O2', name: 'Open' },
		];
		masv().get(`/v1.1/teams/${teamId}/portals`).query(query).reply(200, found);
		const context = fakeN8n().n8n as unknown as ILoadOptionsFunctions;
		expect((await portalId.listSearch.call(context, filter)).results).toEqual([
			{ name: 'Dailies (inactive)', value: 'O1', url: 'https://dailies.portal.massive.io/' },
			{ name: 'Open', value: 'O2' },
		]);
	});
});
