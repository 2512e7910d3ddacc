import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { testMasvApi, testMasvPortalApi } from '../../nodes/Masv/credentialTests';
import { apiKey, baseUrl, masv, teamId, useNock } from '../support/nockMasv';

useNock();

const credential = (data: ICredentialDataDecryptedObject) => ({ id: '1', name: 'MASV', type: 'masvApi', data });
const portals = `/v1.1/teams/${teamId}/portals?page=1&limit=1`;
const unreachable = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });

describe('the test of an API credential', () => {
	const test = async (more = {}) => await testMasvApi(credential({ apiKey, teamId, baseUrl, ...more }));

	it('passes if the key and the team are valid', async () => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get(portals)
			.reply(200, { metadata: { total: 0 }, records: [] });
		expect(await test()).toMatchObject({ status: 'OK' });
	});

	it('reports a wrong key if no request succeeds', async () => {
		masv().get(portals).reply(401, { message: 'unauthorized' }).get('/v1/teams').reply(401);
		const { status, message } = await test();
		expect([status, message]).toEqual(['Error', expect.stringContaining('MASV rejected this API key')]);
	});

	it.each([400, 401, 403, 404])('reports a wrong team if the key works elsewhere (%i)', async (status) => {
		masv()
			.get(portals)
			.reply(status)
			.get('/v1/teams')
			.reply(200, [{ id: 'T2' }]);
		expect((await test()).message).toContain(`The API key is valid, but not for team "${teamId}"`);
	});

	it('reports a wrong team for a 403 if the second request fails as well', async () => {
		masv().get(portals).reply(403).get('/v1/teams').reply(500);
		expect((await test()).message).toContain('not for team');
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
	const test = async (portal: string) => await testMasvPortalApi(credential({ portal, accessCode: 'code', baseUrl }));

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

	it('reports that the URL is missing', async () => {
		expect((await test(' ')).message).toBe('The portal URL is missing');
	});

	it('reports an unreachable server', async () => {
		masv().get('/v1/subdomains/portals/unit').replyWithError(unreachable);
		expect((await test('unit')).message).toContain('api.masv.test refused the connection');
	});
});
