import { callApi, createPackage, sendPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox();

test('a finalized package can be sent to a cloud connection, whose credentials are never returned', async () => {
	const at = `/v1/teams/${sandbox().teamId}/cloud_connections`;
	const body = { name: 'Bucket', provider: 'amazon_s3', authorization: { secret: 'x' } };
	const created = await callApi(sandbox(), `POST ${at}`, { key: true, body });
	expect(created.status).toBe(201);
	expect(JSON.stringify(created.json)).not.toContain('secret');
	expect((await callApi(sandbox(), `GET ${at}`, { key: true })).json).toEqual([created.json]);
	const one = await callApi(sandbox(), `GET /v1/cloud_connections/${created.json.id}`, { key: true });
	expect(one.json).toMatchObject({ provider: 'amazon_s3', direction: 'masv_to_cloud', state: 'ok' });

	const sent = await sendPackage(sandbox(), 'x');
	const route = `/v1/packages/${sent.id}/transfer`;
	const post = async (cloud_connection_id: string) =>
		await callApi(sandbox(), `POST ${route}`, { token: sent.token, body: { cloud_connection_id } });
	expect((await post('nope')).status).toBe(400);
	const transfer = await post(created.json.id);
	expect([transfer.status, transfer.json.state]).toEqual([201, 'complete']);
	expect((await callApi(sandbox(), `GET ${route}`, { token: sent.token })).json).toEqual([transfer.json]);
	expect(sandbox().activities(sent.id).at(-1)).toMatchObject({
		activity_type: 'package_transfer_masv_to_cloud',
		activity_state: 'complete',
	});

	const unfinished = await createPackage(sandbox());
	const refused = await callApi(sandbox(), `POST /v1/packages/${unfinished.id}/transfer`, {
		token: unfinished.token,
		body: { cloud_connection_id: created.json.id },
	});
	expect(refused.status).toBe(400);
});

describe('browsing a storage', () => {
	const objects = ['a.mov', 'day 1/b.mov', 'day 1/c.mov', 'day 2/d.mov'].map((path) => ({ path, content: path }));
	const get = async (route: string) => await callApi(sandbox(), `GET /v1/cloud_connections/${route}`, { key: true });

	test('a bucket returns a folder as a prefix, begins after prev_key, and returns null for nothing', async () => {
		const { id } = sandbox().seedConnection({ objects });
		const top = await get(`${id}/files?count=2`);
		expect(top.json).toEqual([
			{ id: 'a.mov', name: 'a.mov', kind: 'file', size: 5 },
			{ id: 'day 1/', name: 'day 1', kind: 'directory' },
		]);
		expect((await get(`${id}/files?count=2&prev_key=day%201%2F`)).json).toMatchObject([{ id: 'day 2/' }]);
		expect((await get(`${id}/files?prefix=day%201%2F`)).json.map((entry) => entry.id)).toEqual([
			'day 1/b.mov',
			'day 1/c.mov',
		]);
		expect((await get(`${id}/files?prefix=nowhere`)).json).toBeNull();
		expect((await get(`${id}/files?prev_key=&count=1`)).json).toMatchObject([{ id: 'a.mov' }]);
		expect((await get(`${id}/files?count=0`)).status).toBe(400);
		expect((await get(`providers/storage_gateway/${id}/files`)).status).toBe(404);
	});

	test('a gateway returns paths, and short pages although there is more', async () => {
		const many = Array.from({ length: 21 }, (_, n) => ({
			path: `day/${String(n).padStart(2, '0')}.mov`,
			content: 'x',
		}));
		const { id } = sandbox().seedConnection({ provider: 'qnap_sg', objects: many });
		const page = async (query: string) => (await get(`providers/storage_gateway/${id}/files?${query}`)).json;
		expect(await page('offset=0&count=50')).toEqual({
			files: [{ id: 'day', name: 'day', kind: 'directory' }],
			more_data: false,
		});
		const first = (await page('path=day&offset=0&count=50')) as unknown as { files: unknown[]; more_data: boolean };
		expect([first.files.length, first.more_data]).toEqual([20, true]);
		expect(await page('path=day&offset=20&count=50')).toEqual({
			files: [{ id: 'day/20.mov', name: '20.mov', kind: 'file', size: 1 }],
			more_data: false,
		});
		expect(await page('path=day&offset=21&count=50')).toEqual({ files: null, more_data: false });
		expect((await get(`${id}/files`)).status).toBe(404);
	});
});

describe('a transfer from a storage', () => {
	const files = [
		{ id: 'a.mov', name: 'a.mov', kind: 'file' },
		{ id: 'day 1/', name: 'day 1', kind: 'directory' },
	];
	const pull = async (from: { id: string; provider: string }, changes: object = {}) => {
		const created = await createPackage(sandbox());
		const body = {
			cloud_connection_id: from.id,
			direction: 'cloud_to_masv',
			provider: from.provider,
			files,
			...changes,
		};
		const route = `POST /v1/packages/${created.id}/transfer`;
		return { ...created, answer: await callApi(sandbox(), route, { token: created.token, body }) };
	};
	const connect = () =>
		sandbox().seedConnection({
			objects: [
				{ path: 'a.mov', content: 'one' },
				{ path: 'day 1/cam/b.mov', content: 'two' },
			],
		});

	test('fills the package, with the folders, and finalizes it', async () => {
		const { id, answer } = await pull(connect());
		expect([answer.status, answer.json.state]).toEqual([201, 'complete']);
		expect(sandbox().package(id)).toMatchObject({ state: 'finalized', total_files: 2, size: 6 });
		expect(sandbox().files(id)).toMatchObject([
			{ name: 'a.mov', path: '' },
			{ name: 'b.mov', path: 'day 1/cam' },
		]);
		expect(sandbox().activities(id).at(-1)).toMatchObject({
			activity_type: 'package_upload_to_masv',
			activity_state: 'complete',
		});
	});

	test.each([
		['another provider', { provider: 'wasabi_s3' }, 'provider'],
		['no files', { files: [] }, 'files'],
		['a file that is not there', { files: [{ id: 'b.mov', name: 'b.mov', kind: 'file' }] }, 'files'],
		['a connection of the other direction', { direction: 'masv_to_cloud' }, 'cloud_connection_id'],
	])('is rejected with %s', async (_, changes, field) => {
		const { id, answer } = await pull(connect(), changes);
		expect([answer.status, answer.json.errors[0]?.field]).toEqual([400, field]);
		expect(sandbox().transfers(id)).toEqual([]);
	});
});
