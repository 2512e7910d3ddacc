import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { testMasvApi, testMasvPortalApi } from '../../nodes/Masv/credentialTests';
import { apiKey, baseUrl, masv, teamId, useNock } from '../support/nockMasv';

useNock();

const credential = (data: ICredentialDataDecryptedObject) => ({ id: '1', name: 'MASV', type: 'masvApi', data });
const portals = `/v1.1/teams/${teamId}/portals?page=1&limit=1`;
const unreachable = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });

describe('the test of an API credential', () => {
	const test = async (more = {}) => await testMasvApi.call(undefined, credential({ apiKey, teamId, baseUrl, ...more }));

	it('passes if the key and the team are valid', async () => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get(portals)
			.reply(200, { metadata: { total: 0 }, records: [] });
		expect(await test()).toMatchObject({ status: 'OK' });
	});

	it('reports a wrong key if no request succeeds', async () => {
		masv().get(portals).reply(401, { message: 'unauthorized' }).get('/v1/teams').reply(401);
		expect(await test()).toEqual({
			status: 'Error',
			message:
				'MASV rejected this API key. It may be expired or inactive, or its user may have left the team. ' +
				'Keys contain punctuation; copy the whole key.',
		});
	});

	it.each([400, 401, 403, 404])('reports a wrong team if the key works elsewhere (%i)', async (status) => {
		masv()
			.get(portals)
			.reply(status)
			.get('/v1/teams')
			.reply(200, [{ id: 'T2' }]);
		expect((await test()).message).toBe(
			`The API key is valid, but not for team "${teamId}". ` +
				'Check the Team ID. You can find it in the URL of the MASV web app: app.massive.io/{team ID}/… ' +
				'If it is correct, the user who created the key may not have permission to list portals.',
		);
	});

	it.each([
		[403, 500],
		[404, 503],
		[403, 403],
	])('does not call the key valid unless MASV has proved it (%i, then %i)', async (first, second) => {
		masv().get(portals).reply(first).get('/v1/teams').reply(second);
		const { status, message } = await test();
		expect([status, message]).toEqual(['Error', expect.stringContaining(`MASV responded with ${second}`)]);
		expect(message).not.toMatch(/key is valid|rejected this API key/);
	});

	it.each<[string, number, string | object]>([
		['an HTML page', 200, '<html><title>Welcome</title></html>'],
		['other JSON', 200, { status: 'ok' }],
		['nothing', 200, ''],
		['404', 404, { message: 'no such page' }],
		['a page that asks for a login', 401, '<!DOCTYPE html><title>Sign in</title>'],
	])('reports a server that is not MASV: it responds with %s', async (_, status, body) => {
		const refusal = status === 200 ? 404 : status;
		masv().get(portals).reply(refusal, body).get('/v1/teams').reply(status, body);
		const result = await test();
		expect(result.status).toBe('Error');
		expect(result.message).toContain('api.masv.test does not respond like MASV. Check the Base URL');
	});

	it.each([
		{ apiKey: ` ${apiKey}\n` },
		{ apiKey: `\u200b${apiKey}\u00a0\r\n` },
		{ teamId: ` https://app.massive.io/${teamId}/packages?a=b ` },
		{ teamId: `app.massive.io/${teamId}` },
		{ teamId: `/${teamId}/` },
	])('accepts what was pasted with blanks, line breaks or the rest of the URL: %j', async (more) => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get(portals)
			.reply(200, { metadata: { total: 0 }, records: [] });
		expect(await test(more)).toMatchObject({ status: 'OK' });
	});

	it.each(['[]', 'null', '{"records":[]}', '{"records":null,"metadata":null}', '[{"id":"1"}]'])(
		'does not pass because a server that is not MASV responds with %s',
		async (body) => {
			masv().get(portals).reply(200, body);
			const { status, message } = await test();
			expect([status, message]).toEqual(['Error', expect.stringContaining('does not match what MASV documents')]);
		},
	);

	it.each([
		{ records: [{ id: 'O1' }] },
		{ metadata: { total: 0 }, records: null },
		{ metadata: { total: 7 }, records: [{ id: 'O1' }] },
	])('passes if MASV responds with %j', async (body) => {
		masv().get(portals).reply(200, body);
		expect(await test()).toMatchObject({ status: 'OK' });
	});

	it.each([
		['an XML declaration', '<?xml version="1.0"?>\n<!DOCTYPE html><html><title>Blocked</title></html>'],
		['comments', '<!-- a --> <!-- b -->\n<html><title>Blocked</title></html>'],
		['its head', '<head><title>Blocked</title></head>'],
	])('recognizes the page of another server that begins with %s', async (_, body) => {
		masv().get(portals).reply(403, body).get('/v1/teams').reply(403, body);
		const { message } = await test();
		expect(message).toContain('api.masv.test does not respond like MASV');
	});

	it('reports an unreachable server without long retries', async () => {
		masv().get(portals).replyWithError(unreachable);
		const { status, message } = await test();
		expect(status).toBe('Error');
		expect(message).toContain('api.masv.test refused the connection');
		expect(message).not.toContain('API key');
	});

	it('reports that another server responds', async () => {
		masv().get(portals).reply(200, '<html>Login</html>');
		expect((await test()).message).toContain('Check the Base URL');
	});

	it.each([
		[{ apiKey: '' }, 'The API key is missing'],
		[{ teamId: ' ' }, 'The team ID is missing'],
		[{ teamId: 'https://app.massive.io/' }, '"https://app.massive.io/" contains no team ID'],
		[{ teamId: 'my team' }, '"my team" contains no team ID'],
		[{ apiKey: 'one\ntwo' }, 'The API key contains a line break'],
		[{ baseUrl: 'massive' }, 'The base URL "massive" is not an HTTP(S) URL'],
	])('sends no request for %j', async (more, message) => {
		expect((await test(more)).message).toContain(message);
	});

	it('never shows the key', async () => {
		masv()
			.get(portals)
			.reply(500, { message: `key ${apiKey}` });
		expect((await test()).message).not.toContain(apiKey);
	});
});

describe('the test of a portal credential', () => {
	const test = async (portal: string) =>
		await testMasvPortalApi.call(undefined, credential({ portal, accessCode: 'code', baseUrl }));

	it.each(['https://Unit.portal.massive.io/embed', 'unit.portal.massive.io', ' unit '])(
		'finds the portal for %j without sending any secret',
		async (address) => {
			masv({ badheaders: ['x-api-key', 'x-access-code'] })
				.get('/v1/subdomains/portals/unit')
				.reply(200, { id: 'O1' });
			expect(await test(address)).toMatchObject({ status: 'OK' });
		},
	);

	it('reports that the portal does not exist', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(404);
		expect(await test('unit')).toEqual({
			status: 'Error',
			message: 'There is no portal "unit". Check the Portal URL.',
		});
	});

	it.each<[string, number, string | object]>([
		['an HTML page', 200, '<html><title>Welcome</title></html>'],
		['other JSON', 200, { status: 'ok' }],
		['a page that does not exist', 404, '<html><title>Not found</title></html>'],
	])('does not find a portal on a server that is not MASV: it responds with %s', async (_, status, body) => {
		masv().get('/v1/subdomains/portals/unit').reply(status, body);
		const result = await test('unit');
		expect([result.status, result.message]).toEqual(['Error', expect.stringContaining('Check the Base URL')]);
	});

	it.each([401, 403])(
		'does not advise a password if the server rejects a request that needs none (%i)',
		async (status) => {
			masv().get('/v1/subdomains/portals/unit').reply(status);
			const { message } = await test('unit');
			expect(message).toBe('api.masv.test does not respond like MASV. Check the Base URL in the credential.');
		},
	);

	it.each([
		[42, 'OK'],
		[{ a: 1 }, 'Error'],
		[true, 'Error'],
	])('accepts what an expression returns: %j', async (portal, expected) => {
		if (expected === 'OK') masv().get('/v1/subdomains/portals/42').reply(200, { id: 'O1' });
		expect((await testMasvPortalApi.call(undefined, credential({ portal, baseUrl }))).status).toBe(expected);
	});

	it('reports that the URL is missing', async () => {
		expect((await test(' ')).message).toBe(
			'The portal URL is missing. Enter the URL that senders open, such as https://name.portal.massive.io.',
		);
	});

	it('reports an unreachable server', async () => {
		masv().get('/v1/subdomains/portals/unit').replyWithError(unreachable);
		expect((await test('unit')).message).toContain('api.masv.test refused the connection');
	});
});
