import { anyText, callApi, createPackage, sendPackage, useSandbox } from './callApi.ts';

const dayMs = 24 * 3600 * 1000;
let nowMs = Date.UTC(2026, 0, 1);
const sandbox = useSandbox({ now: () => nowMs });
const iso = (ms: number) => new Date(ms).toISOString();

async function list(query: string, what = 'packages') {
	return await callApi(sandbox(), `GET /v1.1/teams/${sandbox().teamId}/${what}?${query}`, { key: true });
}

async function names(query: string, what = 'packages'): Promise<string[]> {
	const { status, json } = await list(query, what);
	expect(status).toBe(200);
	return json.records.map((record) => record.name);
}

describe('lists of sent packages', () => {
	beforeAll(() => {
		const tag = { id: 'TAG1', name: 'red' };
		const teamspace = { id: 'SPACE1', name: 'Show' };
		const at = (days: number) => iso(nowMs - days * dayMs);
		const portal = sandbox().seedPortal({ name: 'Dailies', tag, teamspace });
		sandbox().seedPackage({
			name: 'Alpha',
			size: 3,
			created_at: at(4),
			sender: 'a@x.example',
			expiry: iso(nowMs + dayMs),
		});
		sandbox().seedPackage({ name: 'Beta one', size: 1, created_at: at(3), tag, extra_storage: true });
		sandbox().seedPackage({ name: 'Beta two', size: 2, created_at: at(2), teamspace, state: 'expired' });
		sandbox().seedPackage({ name: 'New', created_at: at(1), state: 'new' });
		sandbox().seedPackage({ name: 'Old', created_at: at(9), state: 'archived' });
		sandbox().seedPackage({ name: 'Received', created_at: at(1), portal_id: portal.id });
	});

	test('contain finalized and expired packages, newest first, with a token', async () => {
		expect(await names('page=1&limit=50')).toEqual(['Beta two', 'Beta one', 'Alpha']);
		const { json } = await list('');
		expect(json.metadata).toEqual({ total: 3 });
		expect(json.records[0]?.access_token.split('.')).toHaveLength(3);
	});

	test.each([
		['status=new', ['New']],
		['status=archived,new', ['New', 'Old']],
		['status=finalized%2Cexpired', ['Beta two', 'Beta one', 'Alpha']],
		['status=new&status=archived', ['Beta two', 'Beta one', 'Alpha']],
		['name=beta', ['Beta two', 'Beta one']],
		['sender=a@x.example', ['Alpha']],
		['sender=x.example', []],
		['tags=TAG1,TAG2', ['Beta one']],
		['teamspaces=SPACE1', ['Beta two']],
		['extra_storage=true', ['Beta one']],
		['created_at_start=2025-12-29T00:00:00.000Z', ['Beta two', 'Beta one']],
		['created_at_end=2025-12-29T00:00:00.000Z', ['Beta one', 'Alpha']],
		['expiry_end=2026-01-02T00:00:00Z', ['Alpha']],
		['expiry_start=2026-01-02T00:00:01Z', ['Beta two', 'Beta one']],
		['sort=name', ['Alpha', 'Beta one', 'Beta two']],
		['sort=-size', ['Alpha', 'Beta two', 'Beta one']],
		['sort=size&limit=2', ['Beta one', 'Beta two']],
		['sort=size&limit=2&page=2', ['Alpha']],
		['sort=size&limit=2&page=3', []],
		['sort=size&limit=2&page=0', ['Beta one', 'Beta two']],
	])('?%s', async (query, expected) => {
		expect(await names(query)).toEqual(expected);
	});

	test.each(['limit=51', 'limit=0', 'limit=x', 'page=-1', 'sort=colour', 'status=gone', 'created_at_start=soon'])(
		'?%s is rejected',
		async (query) => {
			const { status, json } = await list(query);
			expect([status, json.errors[0]?.field]).toEqual([400, query.split('=')[0]]);
		},
	);

	test('the inbox contains received packages and filters by portal name', async () => {
		expect(await names('', 'inbox')).toEqual(['Received']);
		expect(await names('portal=Dailies', 'inbox')).toEqual(['Received']);
		expect(await names('portal=Other', 'inbox')).toEqual([]);
		expect(await names('tags=TAG1&teamspaces=SPACE1', 'inbox')).toEqual(['Received']);
	});

	test('the legacy list is an array with flags and links', async () => {
		const legacy = async (query: string) => {
			const route = `GET /v1/teams/${sandbox().teamId}/packages${query}`;
			return (await callApi(sandbox(), route, { key: true })).json as { name: string; links: unknown[] }[];
		};
		expect((await legacy('')).map(({ name }) => name).sort()).toEqual(['Alpha', 'Beta one', 'Beta two']);
		expect((await legacy('?new=1&finalized=0&expired=false')).map(({ name }) => name)).toEqual(['New']);
		expect((await legacy(''))[0]?.links).toEqual([]);
	});
});

describe('one package', () => {
	test('is found by its ID, whether sent or received', async () => {
		const portal = sandbox().seedPortal();
		const received = sandbox().seedPackage({ portal_id: portal.id, name: 'In' });
		const route = `GET /v1.1/teams/${sandbox().teamId}/packages`;
		const { json } = await callApi(sandbox(), `${route}/${received.id}`, { key: true });
		expect(json).toMatchObject({ id: received.id, name: 'In', access_token: anyText });
		expect(json).not.toHaveProperty('portal_id');
		expect((await callApi(sandbox(), `${route}/nope`, { key: true })).status).toBe(404);
	});

	test('is created with the given values', async () => {
		const fields = { password: 'pw', access_limit: 3, unlimited_storage: true, chunk_size: 10_485_760 };
		const { id } = await createPackage(sandbox(), { ...fields, recipients: ['b@x.example'] });
		expect(sandbox().package(id)).toMatchObject({ ...fields, recipients: ['b@x.example'], state: 'new', size: 0 });
		const { json } = await callApi(sandbox(), `GET /v1.1/teams/${sandbox().teamId}/packages/${id}`, { key: true });
		expect(json.password).toBe('****');
	});

	test('can be renamed', async () => {
		const { id, token } = await createPackage(sandbox());
		const { status, json } = await callApi(sandbox(), `PUT /v1/packages/${id}`, { token, body: { name: 'Better' } });
		expect([status, json.name, json.id]).toEqual([200, 'Better', id]);
		expect((await callApi(sandbox(), `PUT /v1/packages/${id}`, { token, body: {} })).status).toBe(400);
	});

	test('accepts a new expiry or unlimited storage, but not both', async () => {
		const { id, token } = await createPackage(sandbox());
		const put = async (body: object) => await callApi(sandbox(), `PUT /v1/packages/${id}/expiry`, { token, body });
		const expiry = iso(nowMs + 3 * dayMs);
		expect((await put({ expiry })).json).toMatchObject({ expiry, custom_expiry: true, unlimited_storage: false });
		expect((await put({ unlimited_storage: true })).json.unlimited_storage).toBe(true);
		expect((await put({ unlimited_storage: true, expiry })).status).toBe(400);
		expect((await put({ unlimited_storage: false })).status).toBe(400);
		expect((await put({ expiry: iso(nowMs - 1) })).status).toBe(400);
	});

	test('loses its files when deleted and stays as expired', async () => {
		const sent = await sendPackage(sandbox(), 'content');
		const remove = async () => await callApi(sandbox(), `DELETE /v1/packages/${sent.id}`, { token: sent.token });
		expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
		expect(sandbox().package(sent.id)).toMatchObject({ state: 'expired', size: 7, total_files: 1 });
		await expect(sandbox().readFile(sent.id, sent.fileId)).rejects.toThrow('no file');
		expect((await callApi(sandbox(), `GET /v1/packages/${sent.id}/files`, { token: sent.token })).json).toEqual([]);
	});

	test('expires once its expiry has passed', async () => {
		const { id } = await sendPackage(sandbox(), 'content');
		const unlimited = await sendPackage(sandbox(), 'content', { unlimited_storage: true });
		nowMs += 8 * dayMs;
		await list('');
		expect(sandbox().package(id)?.state).toBe('expired');
		expect(sandbox().package(unlimited.id)?.state).toBe('finalized');
	});

	test('lists its files and, once finalized, two generated archives', async () => {
		const { id, token, fileId } = await sendPackage(sandbox(), 'content');
		const { json } = await callApi(sandbox(), `GET /v1/packages/${id}/files`, { token });
		expect(json[0]).toMatchObject({
			id: fileId,
			kind: 'file',
			name: 'a.mov',
			path: '',
			size: 7,
			virus_detected: false,
		});
		expect(json.slice(1).map((file: object) => Object.keys(file).sort())).toEqual(
			Array(2).fill(['id', 'kind', 'last_modified', 'name']),
		);
		expect(json.slice(1).map((file) => file.kind)).toEqual(['zip_windows', 'zip_mac']);
	});
});
