import {
	anyText,
	bytes,
	callApi,
	createPackage,
	finalizeFile,
	finalizePackage,
	sendPackage,
	uploadParts,
	useSandbox,
} from './callApi.ts';

let nowMs = Date.now();
const sandbox = useSandbox({ now: () => nowMs });
const team = () => sandbox().teamId;

describe('Content-Type', () => {
	test.each([
		['a POST with a body', 'POST /v1/teams/TEAM/packages', { name: 'a', description: '', recipients: [] }],
		['a POST without a body', 'POST /v1/packages/PACKAGE/finalize', undefined],
		['a PUT without a body', 'PUT /v1/packages/PACKAGE/archive', undefined],
	])('%s requires application/json', async (_name, route, body) => {
		const path = route.replace('TEAM', team());
		const refused = await callApi(sandbox(), path, { key: true, headers: { 'content-type': 'text/plain' }, body });
		expect([refused.status, refused.json]).toEqual([415, { code: 415, message: anyText }]);
	});

	test('may have a charset and is optional for a GET', async () => {
		const headers = { 'content-type': 'application/json; charset=utf-8' };
		const body = { name: 'a', description: '', recipients: [] };
		expect((await callApi(sandbox(), `POST /v1/teams/${team()}/packages`, { key: true, headers, body })).status).toBe(
			201,
		);
		const bare = await fetch(`${sandbox().url}/v1/teams`, { headers: { 'x-api-key': sandbox().apiKey } });
		expect(bare.status).toBe(200);
	});
});

describe('a request body', () => {
	test.each([
		['no body', undefined],
		['malformed JSON', '{"name":'],
		['an array', []],
		['null', 'null'],
	])('is rejected with 400: %s', async (_name, body) => {
		const refused = await callApi(sandbox(), `POST /v1/teams/${team()}/packages`, { key: true, body });
		expect([refused.status, refused.json.code]).toEqual([400, 400]);
	});

	test('is rejected with all invalid fields', async () => {
		const body = { name: 5, recipients: ['no address'] };
		const { status, json } = await callApi(sandbox(), `POST /v1/teams/${team()}/packages`, { key: true, body });
		expect(status).toBe(400);
		expect(json.errors.map((error) => error.field)).toEqual(['name', 'description', 'recipients.0']);
		expect(json.errors[1]).toEqual({
			code: 'required',
			msg: 'description is required',
			type: 'validation_failed',
			field: 'description',
		});
	});

	test('is rejected with 413 above 10 MiB', async () => {
		const body = { name: 'x'.repeat(11 * 1024 * 1024) };
		expect((await callApi(sandbox(), `POST /v1/teams/${team()}/packages`, { key: true, body })).status).toBe(413);
	});
});

describe('the API key', () => {
	test('contains punctuation', () => {
		expect(sandbox().apiKey).toMatch(/[{<=:!/,].*[{<=:!/,]/);
	});

	test('must match exactly', async () => {
		const status = async (headers: Record<string, string>) =>
			(await callApi(sandbox(), 'GET /v1/teams', { headers })).status;
		const { apiKey } = sandbox();
		expect(await status({ 'x-api-key': apiKey })).toBe(200);
		expect(await status({})).toBe(401);
		expect(await status({ 'x-api-key': apiKey.slice(0, -1) })).toBe(401);
		expect(await status({ 'x-api-key': `${apiKey}x` })).toBe(401);
		expect(await status({ 'x-api-key': apiKey.toLowerCase() })).toBe(401);
		expect(await status({ authorization: `Bearer ${apiKey}` })).toBe(401);
		expect(await status({ 'x-user-token': apiKey })).toBe(401);
		expect(await status({ 'x-package-token': apiKey })).toBe(401);
	});

	test('gives no access to other teams', async () => {
		const answer = await callApi(sandbox(), 'GET /v1.1/teams/01CTDNW11G67NKHQW5JE8TP2TJ/packages', { key: true });
		expect(answer.status).toBe(403);
	});

	test('does not replace a package token', async () => {
		const { id, token } = await createPackage(sandbox());
		const rename = async (headers: Record<string, string>) =>
			(await callApi(sandbox(), `PUT /v1/packages/${id}`, { headers, body: { name: 'new' } })).status;
		expect(await rename({ 'x-api-key': sandbox().apiKey })).toBe(401);
		expect(await rename({ 'x-package-token': 'undefined' })).toBe(401);
		expect(await rename({ 'x-package-token': token })).toBe(200);
		expect((await callApi(sandbox(), 'GET /v1/teams', { headers: { 'x-api-key': token } })).status).toBe(401);
	});
});

describe('a package token', () => {
	test('is a JWT of level f for one package, valid for about seven days', async () => {
		const { id, token } = await createPackage(sandbox());
		const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
		const claims = JSON.parse(payload) as Record<string, unknown>;
		expect(claims).toMatchObject({ typ: 'package', lvl: 'f', sub: id });
		expect(claims.exp).toBe(Math.floor(nowMs / 1000) + 7 * 24 * 3600);
	});

	test('gives no access to other packages and cannot be forged', async () => {
		const [one, other] = [await createPackage(sandbox()), await createPackage(sandbox())];
		const list = async (token: string) =>
			(await callApi(sandbox(), `GET /v1/packages/${one.id}/files`, { token })).status;
		const [head, , signature] = one.token.split('.');
		const forged = Buffer.from(JSON.stringify({ typ: 'package', lvl: 'f', sub: one.id, exp: 9e9 })).toString(
			'base64url',
		);
		expect(await list(one.token)).toBe(200);
		expect(await list(other.token)).toBe(403);
		expect(await list(`${head}.${forged}.${signature}`)).toBe(401);
	});

	test('expires', async () => {
		const { id, token } = await createPackage(sandbox());
		const before = nowMs;
		nowMs += 7 * 24 * 3600 * 1000;
		expect((await callApi(sandbox(), `GET /v1/packages/${id}/files`, { token })).status).toBe(401);
		nowMs = before;
	});

	test('from a link only allows listing and downloading', async () => {
		const sent = await sendPackage(sandbox(), 'content');
		const link = await callApi(sandbox(), `POST /v1/packages/${sent.id}/links`, { token: sent.token, body: {} });
		const opened = await callApi(sandbox(), `GET /v1/links/${link.json.id}?secret=${link.json.download_secret}`);
		const token = opened.json.package_token;
		const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
		expect((await callApi(sandbox(), `GET /v1/packages/${sent.id}/files`, { token })).status).toBe(200);
		expect((await callApi(sandbox(), download, { token })).status).toBe(200);
		expect((await callApi(sandbox(), download, { token: sent.token })).status).toBe(403);
		expect((await callApi(sandbox(), `DELETE /v1/packages/${sent.id}`, { token })).status).toBe(403);
		expect((await callApi(sandbox(), `PUT /v1/packages/${sent.id}`, { token, body: { name: 'x' } })).status).toBe(403);
	});
});

test('unknown routes are 404 and wrong methods 405, both with an error body', async () => {
	const unknown = await callApi(sandbox(), 'GET /v2/nothing', { key: true });
	expect([unknown.status, unknown.json]).toEqual([404, { code: 404, message: 'route not found' }]);
	expect((await callApi(sandbox(), 'DELETE /v1/teams', { key: true })).status).toBe(405);
});

test('every request is recorded with its step, body and status', async () => {
	sandbox().requests.length = 0;
	const created = await createPackage(sandbox(), { name: 'Recorded' });
	const file = await uploadParts(sandbox(), created, [bytes('four')]);
	await finalizeFile(sandbox(), file);
	await finalizePackage(sandbox(), created);
	expect(sandbox().requests.map(({ plane, step, status }) => [plane, step, status])).toEqual([
		['api', 'createPackage', 201],
		['api', 'addFile', 201],
		['storage', 'initiate', 200],
		['api', 'partUrls', 200],
		['storage', 'partPut', 200],
		['api', 'finalizeFile', 204],
		['api', 'finalizePackage', 204],
	]);
	const [create, , , urls, put] = sandbox().requests;
	expect(JSON.parse(create?.body ?? '')).toMatchObject({ name: 'Recorded' });
	expect(create?.headers['x-api-key']).toBe(sandbox().apiKey);
	expect(urls?.url).toMatch(/\?start=0&count=1$/);
	expect([put?.method, put?.bodyBytes, put?.body]).toEqual(['PUT', 4, undefined]);
});
