import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { getPortals, portalsFields, toPortalIds } from '../../../nodes/Masv/fields/portals';
import { fieldReader } from '../../../nodes/Masv/input';
import { fakeN8n } from '../../support/fakeN8n';
import { failureOf, masv, teamId, useNock } from '../../support/nockMasv';

useNock();

const readFrom = (values: Record<string, unknown>) => {
	const valueOf = fieldReader(portalsFields('All'), fakeN8n().n8n, (name, fallback) => values[name] ?? fallback);
	return toPortalIds({ portals: valueOf('portals'), portalIds: valueOf('portalIds') });
};

describe('toPortalIds', () => {
	it('is undefined for all portals, even if some were selected before', () => {
		expect([readFrom({}), readFrom({ portals: 'all', portalIds: ['O1'] })]).toEqual([undefined, undefined]);
	});

	it.each([[['O1', 'O2', 'O1']], ['O1, O2']])('accepts a selection or the result of an expression: %j', (portalIds) => {
		expect(readFrom({ portals: 'chosen', portalIds })).toEqual(['O1', 'O2']);
	});

	it.each([[[]], [''], [undefined]])('rejects %j', (portalIds) => {
		expect(() => readFrom({ portals: 'chosen', portalIds })).toThrow('No portal is selected');
	});
});

describe('portalsFields', () => {
	it("combines its own display conditions with the node's", () => {
		const [portals, portalIds] = portalsFields('Every portal', { event: ['a'] });
		expect(portals?.displayOptions).toEqual({ show: { event: ['a'] } });
		expect(portalIds?.displayOptions).toEqual({ show: { event: ['a'], portals: ['chosen'] } });
	});
});

describe('getPortals', () => {
	it('shows in the editor what to do if the list cannot be read', async () => {
		masv().get(`/v1.1/teams/${teamId}/portals?sort=name&page=1&limit=50`).reply(401, { message: 'no such key' });
		const error = await failureOf(getPortals.call(fakeN8n().n8n as unknown as ILoadOptionsFunctions));
		expect(error.message).toMatch(/no such key\. Check the API Key in the credential\./);
	});

	it('lists all portals of the team by name, page after page', async () => {
		const portals = Array.from({ length: 51 }, (_, index) => ({ id: `O${index}`, name: `Portal ${index}` }));
		masv()
			.get(`/v1.1/teams/${teamId}/portals?sort=name&page=1&limit=50`)
			.reply(200, { metadata: { total: 51 }, records: [{ id: 'X', active: false }, ...portals.slice(0, 49)] })
			.get(`/v1.1/teams/${teamId}/portals?sort=name&page=2&limit=49`)
			.reply(200, { metadata: { total: 51 }, records: portals.slice(48, 50) });
		const options = await getPortals.call(fakeN8n().n8n as unknown as ILoadOptionsFunctions);
		expect(options).toHaveLength(51);
		expect(options.slice(0, 2)).toEqual([
			{ name: 'X (inactive)', value: 'X' },
			{ name: 'Portal 0', value: 'O0' },
		]);
	});
});
