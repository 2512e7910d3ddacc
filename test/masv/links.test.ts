import { createLink, lookUpLink } from '../../masv/links';
import { MasvConnectionError } from '../../masv/errors';
import { noRetry } from '../../masv/retry';
import { failureOf, masv, nockClient, useNock } from '../support/nockMasv';

useNock();

const packageToken = { reqheaders: { 'x-package-token': 'package-token' }, badheaders: ['x-api-key'] };

function clientWithToken() {
	const client = nockClient();
	client.tokens.set('P1', 'package-token');
	return client;
}

describe('createLink', () => {
	it('returns a direct link with the URL that people open', async () => {
		masv(packageToken)
			.post('/v1/packages/P1/links', { password: 'open' })
			.reply(201, { id: 'L1', download_secret: 's&1', active: true });
		expect(await createLink(clientWithToken(), 'P1', { password: 'open' })).toEqual({
			id: 'L1',
			download_secret: 's&1',
			active: true,
			url: 'https://get.massive.io/L1?secret=s%261',
		});
	});

	it('returns no URL for a link that MASV emails, because its secret is not returned', async () => {
		masv(packageToken).post('/v1/packages/P1/links', { email: 'anna@example.com' }).reply(201, { id: 'L1' });
		expect(await createLink(clientWithToken(), 'P1', { email: 'anna@example.com' })).toEqual({ id: 'L1' });
	});

	it('creates a direct link again after a lost response', async () => {
		masv()
			.post('/v1/packages/P1/links')
			.replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
		masv().post('/v1/packages/P1/links').reply(201, { id: 'L2', download_secret: 's2' });
		expect(await createLink(clientWithToken(), 'P1', {})).toMatchObject({ id: 'L2' });
	});

	it.each([
		['the connection is reset', { code: 'ECONNRESET' }],
		['MASV answers 502', 502],
	])('does not send a second email when %s', async (_, trouble) => {
		const first = masv().post('/v1/packages/P1/links');
		if (typeof trouble === 'number') first.reply(trouble, '');
		else first.replyWithError(Object.assign(new Error('lost'), trouble));
		const error = await failureOf<MasvConnectionError>(
			createLink(clientWithToken(), 'P1', { email: 'anna@example.com' }),
		);
		expect(error).toBeInstanceOf(MasvConnectionError);
		expect(error.message).toBe('The response was lost while creating a link for anna@example.com');
		expect(error.hint).toContain('may have been created');
	});

	it('says so, too, when there was no time left to repeat the call', async () => {
		masv()
			.post('/v1/packages/P1/links')
			.replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
		const creation = createLink(clientWithToken(), 'P1', { email: 'anna@example.com' }, noRetry);
		expect(await failureOf(creation)).toMatchObject({ code: 'link_creation_uncertain' });
	});

	it('retries creating an emailed link after a temporary rejection', async () => {
		masv().post('/v1/packages/P1/links').reply(429, '', { 'retry-after': '2' });
		masv().post('/v1/packages/P1/links').reply(201, { id: 'L1' });
		expect(await createLink(clientWithToken(), 'P1', { email: 'anna@example.com' })).toEqual({ id: 'L1' });
	});

	it('never shows the password of the link', async () => {
		masv().post('/v1/packages/P1/links').reply(400, { message: 'made-up-password is too short' });
		const error = await failureOf(createLink(clientWithToken(), 'P1', { password: 'made-up-password' }));
		expect(error.message).not.toContain('made-up');
	});
});

describe('lookUpLink', () => {
	const link = { linkId: 'L1', secret: 'made-up-secret', password: undefined };

	it('never shows the secret of the link', async () => {
		masv().get('/v1/links/L1?secret=made-up-secret').reply(400, { message: 'made-up-secret is wrong' });
		expect((await failureOf(lookUpLink(nockClient(), link))).message).not.toContain('made-up');
	});

	it.each([
		[401, 'link_password_rejected'],
		[403, 'link_rejected'],
		[404, 'link_rejected'],
		[410, 'link_rejected'],
	])('names the link as the reason for %i', async (status, code) => {
		masv().get('/v1/links/L1?secret=made-up-secret').reply(status, { message: 'no' });
		expect(await failureOf(lookUpLink(nockClient(), link))).toMatchObject({ code });
	});

	it('does not blame the link for a page, which is not from MASV', async () => {
		const page = '<!DOCTYPE html><title>404 Not Found</title>';
		masv().get('/v1/links/L1?secret=made-up-secret').reply(404, page, { 'content-type': 'text/html' });
		expect(await failureOf(lookUpLink(nockClient(), link))).toMatchObject({ code: 'request_rejected' });
	});

	it('never shows the token that it returns', async () => {
		masv().get('/v1/links/L1?secret=made-up-secret').reply(200, { package_id: 'P1', package_token: 'made-up-token' });
		const client = nockClient();
		await lookUpLink(client, link);
		expect(client.secrets.redact('token made-up-token')).not.toContain('made-up');
	});
});
