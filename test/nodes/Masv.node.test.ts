import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import nock from 'nock';

import { Masv } from '../../nodes/Masv/Masv.node';
import type { FakeN8nOptions } from '../support/fakeN8n';
import { fakeN8n, itemWith } from '../support/fakeN8n';
import { failureOf, forgetTheRest, masv, storageUrl, teamId, useNock } from '../support/nockMasv';

useNock();

const before = process.env.N8N_STORAGE_PATH;
beforeAll(async () => {
	process.env.N8N_STORAGE_PATH = await mkdtemp(join(tmpdir(), 'masv-journal-'));
});
afterAll(async () => {
	await rm(process.env.N8N_STORAGE_PATH as string, { recursive: true });
	if (before === undefined) delete process.env.N8N_STORAGE_PATH;
	else process.env.N8N_STORAGE_PATH = before;
});

async function run(options: FakeN8nOptions): Promise<INodeExecutionData[]> {
	const [output = []] = await new Masv().execute.call(fakeN8n(options).n8n);
	return output;
}

const item = (): INodeExecutionData => ({ json: {} });
const packageRoute = (id: string) => `/v1.1/teams/${teamId}/packages/${id}`;
const getPackages = (...ids: string[]) =>
	ids.map((id) => ({ resource: 'package', operation: 'get', packageId: { mode: 'id', value: id } }));

function knows(id: string, more: object = {}): void {
	masv()
		.get(packageRoute(id))
		.reply(200, { id, access_token: `token-${id}`, ...more });
}

describe('the item loop', () => {
	it('runs an operation once per item and pairs what comes out', async () => {
		knows('P1');
		knows('P2', { name: 'Dailies' });
		expect(await run({ items: [item(), item()], parameters: getPackages('P1', ' P2 ') })).toEqual([
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
		await run({ zone, parameters: { ...list, filters: { ...within, ...expires } } });
		const portal = { resource: 'portal', operation: 'getPackages', portalId: { mode: 'id', value: 'O1' } };
		await run({ zone, parameters: { ...portal, returnAll: true, filters: within } });
		for (const operation of ['archiveMany', 'unarchiveMany']) {
			const ends = { expiryStart: within.createdAfter, expiryEnd: within.createdBefore };
			const [result] = await run({ zone, parameters: { resource: 'package', operation, scope: 'sent', ...ends } });
			expect(result?.json).toEqual({ total_updated: 0, ...window });
		}
	});

	it('makes one item of each object of a list', async () => {
		masv()
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, { metadata: { total: 3 }, records: [{ id: 'O1', access_code: 'x' }, { id: 'O2' }, { id: 'O3' }] });
		const parameters = { resource: 'portal', operation: 'getAll', returnAll: false, limit: 2, filters: {} };
		expect(await run({ parameters })).toEqual([
			{ json: { id: 'O1' }, pairedItem: { item: 0 } },
			{ json: { id: 'O2' }, pairedItem: { item: 0 } },
		]);
	});

	it('throws the first error with the index of its item', async () => {
		knows('P1');
		masv().get(packageRoute('P2')).reply(401, { message: 'expired key' });
		const items = [item(), item(), item()];
		const error = await failureOf<NodeApiError>(run({ items, parameters: getPackages('P1', 'P2', 'P3') }));
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toBe('Could not get the package. MASV answered 401: expired key');
		expect(error.description).toContain('API Key');
		expect(error.context.itemIndex).toBe(1);
	});

	it('goes on after an error when the node is set to continue', async () => {
		knows('P1');
		masv().get(packageRoute('P2')).reply(401, { message: 'expired key' });
		knows('P3');
		const items = [item(), item(), item()];
		const output = await run({ items, parameters: getPackages('P1', 'P2', 'P3'), continueOnFail: true });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(output[1]?.json).toEqual({
			error: 'Could not get the package. MASV answered 401: expired key',
			code: 'api_key_rejected',
			details: expect.stringContaining('Check the API Key') as string,
		});
		expect(output[2]?.json).toEqual({ id: 'P3' });
	});

	it('gives every item the error that concerns them all', async () => {
		const credentials = { masvApi: { apiKey: '', teamId } };
		const options = { items: [item(), item()], parameters: getPackages('P1', 'P2'), credentials };
		const error = await failureOf<NodeOperationError>(run(options));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe('The credential has no API key [API Key]');
		const output = await run({ ...options, continueOnFail: true });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('says that an operation does not exist', async () => {
		const error = await failureOf(run({ parameters: { resource: 'link', operation: 'send' } }));
		expect(error.message).toBe('There is no operation "send" for "link"');
	});

	it('does nothing without items', async () => {
		expect(await run({ items: [], parameters: { resource: 'package', operation: 'get' } })).toEqual([]);
	});

	it('ends when the execution is stopped', async () => {
		const error = await failureOf(run({ parameters: getPackages('P1'), signal: AbortSignal.abort() }));
		expect(error.message).toBe('The execution was stopped before the work was done');
	});

	it('writes retries into the log', async () => {
		masv().get(packageRoute('P1')).reply(429, { message: 'slow' }, { 'retry-after': '0.001' });
		knows('P1');
		const { n8n, logged } = fakeN8n({ parameters: getPackages('P1') });
		await new Masv().execute.call(n8n);
		expect(logged).toEqual(['MASV: Could not get the package. MASV answered 429: slow (attempt 1, trying again)']);
	});
});

describe('Upload', () => {
	const parameters = {
		resource: 'file',
		operation: 'upload',
		packageId: { mode: 'id', value: 'P1' },
		source: 'binary',
		binaryPropertyName: 'data',
		options: {},
	};

	it('pairs every file with the item that brought it', async () => {
		openPackage();
		takesFile('F1', 'a.mov');
		takesFile('F2', 'b.mov');
		const items = [itemWith({ data: 'a.mov' }), itemWith({ data: 'b.mov' })];
		const output = await run({ items, parameters });
		expect(output.map(({ json, pairedItem }) => [json.name, json.package_id, pairedItem])).toEqual([
			['a.mov', 'P1', { item: 0 }],
			['b.mov', 'P1', { item: 1 }],
		]);
	});

	it('names the item whose binary field is missing, before anything is sent', async () => {
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) => (index === 2 ? item() : itemWith({ data: name })));
		const error = await failureOf<NodeOperationError>(run({ items, parameters }));
		expect(error.message).toBe('Item 3 of 5 has no binary field "data" [Input Data Field Name]');
		expect(error.context.itemIndex).toBe(2);
	});

	it('sends the others when the node is set to continue', async () => {
		openPackage();
		for (const [id, name] of [
			['F1', 'a'],
			['F2', 'b'],
			['F4', 'd'],
			['F5', 'e'],
		] as const)
			takesFile(id, name);
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) => (index === 2 ? item() : itemWith({ data: name })));
		const output = await run({ items, parameters, continueOnFail: true });
		const byItem = new Map(output.map(({ json, pairedItem }) => [JSON.stringify(pairedItem), json.name ?? json.error]));
		expect(Object.fromEntries(byItem)).toEqual({
			'{"item":0}': 'a',
			'{"item":1}': 'b',
			'{"item":2}': 'Item 3 of 5 has no binary field "data" [Input Data Field Name]',
			'{"item":3}': 'd',
			'{"item":4}': 'e',
		});
	});

	it('refuses a package that is finalized', async () => {
		masv().get(packageRoute('P1')).reply(200, { id: 'P1', access_token: 'token-P1', state: 'finalized' });
		const error = await failureOf(run({ items: [itemWith({ data: 'a' })], parameters }));
		expect(error.message).toBe('Package P1 is finalized and takes no more files [Package]');
	});

	it('refuses two files with the same place in the package', async () => {
		openPackage();
		const items = [itemWith({ data: 'a.mov' }), itemWith({ data: 'a.mov' })];
		const error = await failureOf(run({ items, parameters }));
		expect(error.message).toContain('Two files would be "a.mov" in the package (Item 1 of 2');
		forgetTheRest();
	});
});

describe('Send Files', () => {
	it('makes one package of all items and pairs its one item with all of them', async () => {
		masv()
			.post(`/v1/teams/${teamId}/packages`, { name: 'Dailies', description: '', recipients: ['anna@example.com'] })
			.reply(201, {
				id: 'P1',
				access_token: 'token-P1',
			});
		masv().get('/v1/system/packages/spec').reply(404);
		takesFile('F1', 'a.mov');
		takesFile('F2', 'b.mov');
		masv().post('/v1/packages/P1/finalize').reply(204);
		masv().post('/v1/packages/P1/links', {}).reply(201, { id: 'L1', download_secret: 's1' });
		knows('P1', { state: 'finalized' });
		const output = await run({
			items: [itemWith({ data: 'a.mov' }), itemWith({ data: 'b.mov' })],
			parameters: sending,
		});
		expect(output).toHaveLength(1);
		expect(output[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }]);
		expect(output[0]?.json).toMatchObject({
			package: { id: 'P1', state: 'finalized' },
			files: [{ name: 'a.mov' }, { name: 'b.mov' }],
			link: { url: 'https://get.massive.io/L1?secret=s1' },
		});
		expect(JSON.stringify(output)).not.toContain('token-P1');
	});

	it('names the item that is the reason, and creates nothing', async () => {
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) => (index === 2 ? item() : itemWith({ data: name })));
		const error = await failureOf<NodeOperationError>(run({ items, parameters: sending }));
		expect(error.message).toBe('Item 3 of 5 has no binary field "data" [Input Data Field Name]');
		expect(error.context.itemIndex).toBe(2);
		const [failed, ...others] = await run({ items, parameters: sending, continueOnFail: true });
		expect(others).toEqual([]);
		expect(failed?.pairedItem).toEqual([2, 0, 1, 3, 4].map((index) => ({ item: index })));
	});

	it('refuses recipients that are no addresses, and creates nothing', async () => {
		const parameters = { ...sending, recipients: 'anna@example.com, ben' };
		const error = await failureOf(run({ items: [itemWith({ data: 'a' })], parameters }));
		expect(error.message).toBe('"ben" is not an email address [Recipients]');
	});

	const sending = {
		resource: 'package',
		operation: 'send',
		destination: 'team',
		packageName: ' Dailies ',
		recipients: 'anna@example.com',
		source: 'binary',
		binaryPropertyName: 'data',
		createLink: true,
		options: {},
	};
});

function openPackage(): void {
	knows('P1', { state: 'new' });
	masv().get('/v1/packages/P1/files').optionally().reply(200, []);
	masv().get('/v1/system/packages/spec').reply(404);
}

/** MASV and its storage take one small file of that name. */
function takesFile(id: string, name: string): void {
	const files = '/v1/packages/P1/files';
	const blueprint = (path: string) => ({ url: `${storageUrl}${path}`, headers: {} });
	masv()
		.post(files, (body: { name: string }) => body.name === name)
		.reply(201, { file: { id }, create_blueprint: blueprint(`/create/${id}`) });
	nock(storageUrl).post(`/create/${id}`).reply(200, `<UploadId>up-${id}</UploadId>`);
	masv()
		.post(`${files}/${id}?start=0&count=1`)
		.reply(200, [blueprint(`/part/${id}`)]);
	nock(storageUrl)
		.put(`/part/${id}`, `content of ${name}`)
		.reply(200, '', { etag: `"${id}"` });
	masv().post(`${files}/${id}/finalize`).reply(204);
}
