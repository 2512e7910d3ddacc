import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { testMasvApi, testMasvPortalApi } from '../../nodes/Masv/credentialTests';
import { apiKey, baseUrl, masv, teamId, useNock } from '../support/nockMasv';

useNock();

const credential = (data: ICredentialDataDecryptedObject) => ({ id: '1', name: 'MASV', type: 'masvApi', data });
const portals = `/v1.1/teams/${teamId}/portals?page=1&limit=1`;
const unreachable = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });

describe('the test of an API credential', () => {
	const test = async (more = {}) => await testMasvApi(credential({ apiKey, teamId, baseUrl, ...more }));

	it('is passed when key and team fit', async () => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get(portals)
			.reply(200, { metadata: { total: 0 }, records: [] });
		expect(await test()).toMatchObject({ status: 'OK' });
	});

	it('blames the key when nothing works', async () => {
		masv().get(portals).reply(401, { message: 'unauthorized' }).get('/v1/teams').reply(401);
		const { status, message } = await test();
		expect([status, message]).toEqual(['Error', expect.stringContaining('MASV does not accept this API key')]);
	});

	it.each([400, 401, 403, 404])('blames the team when the key works elsewhere (%i)', async (status) => {
		masv()
			.get(portals)
			.reply(status)
			.get('/v1/teams')
			.reply(200, [{ id: 'T2' }]);
		expect((await test()).message).toContain(`The API key works, but not for team "${teamId}"`);
	});

	it('blames the team on a 403 when the second question fails as well', async () => {
		masv().get(portals).reply(403).get('/v1/teams').reply(500);
		expect((await test()).message).toContain('not for team');
	});

	it('blames the address when nothing answers, and does not try for long', async () => {
		masv().get(portals).replyWithError(unreachable);
		const { status, message } = await test();
		expect(status).toBe('Error');
		expect(message).toContain('No answer from api.masv.test');
		expect(message).not.toContain('API key');
	});

	it('blames the address when something else answers', async () => {
		masv().get(portals).reply(200, '<html>Login</html>');
		expect((await test()).message).toContain('Check the Base URL');
	});

	it.each([
		[{ apiKey: '' }, 'The API key is missing'],
		[{ teamId: ' ' }, 'The team ID is missing'],
		[{ baseUrl: 'massive' }, 'The base URL "massive" is not an HTTP(S) URL'],
	])('asks nobody for %j', async (more, message) => {
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
		'finds the portal of %j without any secret',
		async (address) => {
			masv({ badheaders: ['x-api-key', 'x-access-code'] })
				.get('/v1/subdomains/portals/unit')
				.reply(200, { id: 'O1' });
			expect(await test(address)).toMatchObject({ status: 'OK' });
		},
	);

	it('says that there is no such portal', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(404);
		expect(await test('unit')).toEqual({
			status: 'Error',
			message: 'There is no portal "unit". Check the portal address.',
		});
	});

	it('says that the address is missing', async () => {
		expect((await test(' ')).message).toBe('The credential has no portal address');
	});

	it('says that nothing answers', async () => {
		masv().get('/v1/subdomains/portals/unit').replyWithError(unreachable);
		expect((await test('unit')).message).toContain('No answer from api.masv.test');
	});
});
