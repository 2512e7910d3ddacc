import nock from 'nock';

import { runMasv } from '../../support/masvNode';
import { failureOf, useNock } from '../../support/nockMasv';

useNock();

const look = async (linkUrl: string, server = '', password = '') =>
	await runMasv({
		parameters: { resource: 'link', operation: 'get', authentication: 'none', linkUrl, server, password },
		credentials: {},
	});

describe('a link, without a MASV account', () => {
	it('is looked up at MASV, whatever host people open it at, and without any key', async () => {
		nock('https://api.massive.app', { badheaders: ['x-api-key', 'x-package-token'] })
			.get('/v1/links/L1')
			.query({ secret: 's&1' })
			.reply(200, { id: 'L1', name: 'Dailies', package_id: 'P1', package_token: 'token' });
		const [item] = await look('https://get.massive.io/L1?secret=s%261&lang=system');
		expect(item?.json).toEqual({ id: 'L1', name: 'Dailies', package_id: 'P1' });
	});

	it('never shows its password in errors', async () => {
		nock('https://api.massive.app').get('/v1/links/L1').query(true).reply(403, { message: 'wrong: open sesame' });
		const { message } = await failureOf(look('https://get.massive.io/L1?secret=s', '', 'open sesame'));
		expect(message).toContain('wrong: [hidden]');
	});

	it('of another server is looked up at the server that is entered, not at the host of the link', async () => {
		nock('https://masv.example', { badheaders: ['x-api-key'] })
			.get('/v1/links/L1')
			.query({ secret: 's' })
			.reply(200, { id: 'L1', name: 'Dailies', package_id: 'P1', package_token: 'token' });
		const [item] = await look('https://files.example/L1?secret=s', 'https://masv.example/');
		expect(item?.json).toMatchObject({ package_id: 'P1' });
	});

	it('of another server is not sent to MASV', async () => {
		const { message } = await failureOf(look('https://files.example/L1?secret=s'));
		expect(message).toContain('The link leads to files.example, not to MASV');
	});
});
