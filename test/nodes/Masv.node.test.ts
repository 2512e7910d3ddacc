import type { INodeProperties } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import { fakeN8n } from '../support/fakeN8n';
import { emptyItem, runMasv } from '../support/masvNode';
import { knows, packageRoute } from '../support/nockNode';
import { failureOf, masv, teamId, useNock } from '../support/nockMasv';

useNock();

const getPackages = (...ids: string[]) =>
	ids.map((id) => ({ resource: 'package', operation: 'get', packageId: { mode: 'id', value: id } }));

describe('the item loop', () => {
	it('runs an operation once per item and pairs its output with the item', async () => {
		knows('P1');
		knows('P2', { name: 'Dailies' });
		expect(await runMasv({ items: [emptyItem(), emptyItem()], parameters: getPackages('P1', ' P2 ') })).toEqual([
			{ json: { id: 'P1' }, pairedItem: { item: 0 } },
			{ json: { id: 'P2', name: 'Dailies' }, pairedItem: { item: 1 } },
		]);
	});

	it('reads dates in the time zone of the workflow', async () => {
		const zone = 'America/New_York';
		const within = { createdAfter: '2026-01-15T07:00:00', createdBefore: '2026-07-15' };
		const query = {
			created_at_start: '2026-01-15T12:00:00.000Z',
			created_at_end: '2026-07-15T04:00:00.000Z',
			page: 1,
			limit: 50,
		};
		const window = { expiry_start: '2026-01-15T12:00:00.000Z', expiry_end: '2026-07-15T04:00:00.000Z' };
		const empty = { metadata: { total: 0 }, records: [] };
		masv()
			.get(`/v1.1/teams/${teamId}/packages`)
			.query({ ...query, ...window })
			.reply(200, empty)
			.get('/v1.1/portals/O1/packages')
			.query(query)
			.reply(200, empty)
			.put(`/v1/teams/${teamId}/archive`, window)
			.reply(200, { total_updated: 0 })
			.put(`/v1/teams/${teamId}/unarchive`, window)
			.reply(200, { total_updated: 0 });
		const list = { resource: 'package', operation: 'getAll', direction: 'sent', returnAll: true };
		const expires = { expiresAfter: within.createdAfter, expiresBefore: within.createdBefore };
		await runMasv({ zone, parameters: { ...list, filters: within, expiryFilters: expires } });
		const portal = { resource: 'portal', operation: 'getPackages', portalId: { mode: 'id', value: 'O1' } };
		await runMasv({ zone, parameters: { ...portal, returnAll: true, filters: within } });
		for (const operation of ['archiveMany', 'unarchiveMany']) {
			const ends = { expiryStart: within.createdAfter, expiryEnd: within.createdBefore };
			const [result] = await runMasv({ zone, parameters: { resource: 'package', operation, scope: 'sent', ...ends } });
			expect(result?.json).toEqual({ total_updated: 0, ...window });
		}
	});

	it.each([
		[{ resource: 'portal', operation: 'getPackages' }],
		[{ resource: 'package', operation: 'archiveMany', scope: 'portal', expiryStart: '2026-01', expiryEnd: '2026-02' }],
		[
			{
				resource: 'package',
				operation: 'create',
				destination: 'portal',
				packageName: 'a',
				sender: 'anna@example.com',
				options: {},
			},
		],
	])('advises to select a portal from the list if there is none with this ID: %j', async (operation) => {
		masv()
			.persist()
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.optionally()
			.reply(200, [])
			.intercept(/./, 'GET')
			.optionally()
			.reply(404, { message: 'not found' })
			.intercept(/./, 'POST')
			.optionally()
			.reply(404, { message: 'not found' })
			.intercept(/./, 'PUT')
			.optionally()
			.reply(404, { message: 'not found' });
		const parameters = { ...operation, portalId: { mode: 'id', value: 'my-portal' } };
		const error = await failureOf<NodeOperationError>(runMasv({ parameters }));
		expect(error.message).toBe('There is no portal my-portal');
		expect(error.description).toContain('Select the portal from the list');
	});

	it('outputs one item per object in a list', async () => {
		masv()
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, { metadata: { total: 3 }, records: [{ id: 'O1', access_code: 'x' }, { id: 'O2' }, { id: 'O3' }] });
		const parameters = { resource: 'portal', operation: 'getAll', returnAll: false, limit: 2, filters: {} };
		expect(await runMasv({ parameters })).toEqual([
			{ json: { id: 'O1' }, pairedItem: { item: 0 } },
			{ json: { id: 'O2' }, pairedItem: { item: 0 } },
		]);
	});

	it('throws the first error with the index of its item', async () => {
		knows('P1');
		masv().get(packageRoute('P2')).reply(401, { message: 'expired key' });
		const items = [emptyItem(), emptyItem(), emptyItem()];
		const error = await failureOf<NodeApiError>(runMasv({ items, parameters: getPackages('P1', 'P2', 'P3') }));
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toBe('Could not get the package. MASV responded with 401: expired key');
		expect(error.description).toContain('API Key');
		expect(error.context.itemIndex).toBe(1);
	});

	it('continues after an error if the node is set to continue on fail', async () => {
		knows('P1');
		masv().get(packageRoute('P2')).reply(401, { message: 'expired key' });
		knows('P3');
		const items = [emptyItem(), emptyItem(), emptyItem()];
		const output = await runMasv({ items, parameters: getPackages('P1', 'P2', 'P3'), continueOnFail: true });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(output[1]?.json).toEqual({
			error: 'Could not get the package. MASV responded with 401: expired key',
			details: { code: 'api_key_rejected', hint: expect.stringContaining('Check the API Key') as string },
		});
		expect(output[2]?.json).toEqual({ id: 'P3' });
	});

	it('reports an error that affects all items for each of them', async () => {
		const credentials = { masvApi: { apiKey: '', teamId } };
		const options = { items: [emptyItem(), emptyItem()], parameters: getPackages('P1', 'P2'), credentials };
		const error = await failureOf<NodeOperationError>(runMasv(options));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe('The API key is missing');
		const output = await runMasv({ ...options, continueOnFail: true });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('reports an unknown operation', async () => {
		const error = await failureOf(runMasv({ parameters: { resource: 'link', operation: 'send' } }));
		expect(error.message).toBe('There is no operation "send" for "link"');
	});

	it('does nothing without items', async () => {
		expect(await runMasv({ items: [], parameters: { resource: 'package', operation: 'get' } })).toEqual([]);
	});

	it('stops when the execution is stopped', async () => {
		const error = await failureOf(runMasv({ parameters: getPackages('P1'), signal: AbortSignal.abort() }));
		expect(error.message).toBe('The operation was canceled');
	});

	it('logs retries', async () => {
		masv().get(packageRoute('P1')).reply(429, { message: 'slow' }, { 'retry-after': '0.001' });
		knows('P1');
		const { n8n, logged } = fakeN8n({ parameters: getPackages('P1') });
		await new Masv().execute.call(n8n);
		expect(logged).toEqual(['MASV: Could not get the package. MASV responded with 429: slow (attempt 1, retrying)']);
	});
});

describe('the description of the node', () => {
	const { properties } = new Masv().description;

	it('shows every field only for its resource and operation', () => {
		const above = ['authentication', 'resource', 'operation'];
		const fields = properties.filter(({ name }) => !above.includes(name));
		expect(fields.length).toBeGreaterThan(20);
		for (const { name, displayOptions } of fields) {
			const { resource = [], operation = [] } = displayOptions?.show ?? {};
			expect({ name, guards: [resource.length, operation.length] }).toEqual({ name, guards: [1, 1] });
		}
	});

	it("keeps a field's own display conditions", () => {
		const find = (name: string): INodeProperties | undefined =>
			properties.find((property) => property.name === name && property.displayOptions?.show?.operation?.[0] === 'send');
		expect(find('recipients')?.displayOptions?.show).toEqual({
			resource: ['package'],
			operation: ['send'],
			authentication: ['teamKey'],
			destination: ['team'],
		});
	});

	it('starts with the choice of how to sign in, on which alone the credentials depend', () => {
		expect(properties[0]).toMatchObject({ name: 'authentication', default: 'teamKey' });
		const conditions = new Masv().description.credentials?.map(({ displayOptions }) => displayOptions);
		expect(conditions).toEqual([{ show: { authentication: ['teamKey'] } }, { show: { authentication: ['portal'] } }]);
	});

	it('lets the editor show how to sign in: n8n hides a field of this name unless one of its values is "none"', () => {
		expect(properties[0]?.options).toContainEqual(expect.objectContaining({ name: 'Link', value: 'none' }));
	});

	it.each([
		['Portal', 'portal'],
		['Link', 'none'],
	])('refuses an operation that needs a team when signing in with a %s', async (label, authentication) => {
		const parameters = { authentication, ...getPackages('P1')[0] };
		const error = await failureOf<NodeOperationError>(runMasv({ parameters }));
		expect(error.message.toLowerCase()).toBe(`get does not work with authentication "${label.toLowerCase()}"`);
		expect(error.description).toBe('Set Authentication to Team Key.');
	});

	it('has a method for every list search and every credential test', () => {
		const { methods, description } = new Masv();
		const searches = properties.flatMap(({ modes = [] }) =>
			modes.map(({ typeOptions }) => typeOptions?.searchListMethod),
		);
		for (const search of searches) if (search !== undefined) expect(Object.keys(methods.listSearch)).toContain(search);
		for (const { testedBy } of description.credentials ?? [])
			expect(Object.keys(methods.credentialTest)).toContain(testedBy);
	});
});
