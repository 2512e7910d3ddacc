import { inspect } from 'node:util';

import { adviceOn } from '../../nodes/Masv/errorAdvice';
import { MasvApiError } from '../../masv/errors';
import { noRetry } from '../../masv/retry';
import { apiKey, failureOf, masv, nockClient, storageUrl, useNock } from '../support/nockMasv';
import nock from 'nock';
import type { ApiCall } from '../../masv/apiCall';

useNock();

const get: ApiCall<void> = { operation: 'get the thing', method: 'GET', path: '/v1/things/1', policy: noRetry };

/** The error of a call that gets this response. */
async function refusal(status: number, body: string | object = '', headers: Record<string, string> = {}, more = {}) {
	masv().get('/v1/things/1').reply(status, body, headers);
	const error = await failureOf<MasvApiError>(nockClient().call({ ...get, ...more }));
	expect(error).toBeInstanceOf(MasvApiError);
	return error;
}

describe('the error of a call', () => {
	it.each<[string, string | object, string[]]>([
		['a message', { code: 7, message: 'no such thing' }, ['no such thing']],
		[
			'a list of errors',
			{ message: 'invalid', errors: [{ code: 'E1', msg: 'name is empty' }, { message: 'size too' }, {}] },
			['invalid', 'name is empty', 'size too'],
		],
		[
			'what is wrong with which field',
			{
				errors: [
					{ code: 'E1', msg: 'too short', type: 'validation_failed', field: 'subdomain', min: 3, more: { a: 'b' } },
					{ msg: 'name is empty', field: 'name' },
					{ field: 'size' },
					{ msg: 'size is wrong', field: 'size' },
				],
			},
			['too short (field: subdomain)', 'name is empty', 'size is wrong'],
		],
		[
			'a message that repeats the error of a field',
			{ message: 'invalid: too short', errors: [{ msg: 'too short', field: 'subdomain' }] },
			['invalid: too short (field: subdomain)'],
		],
		['an error', { error: 'nope' }, ['nope']],
		['the same text twice', { message: 'nope', error: 'nope' }, ['nope']],
		['an HTML page', '<!DOCTYPE html><html><title> 502 Bad Gateway </title>', ['(an HTML page: 502 Bad Gateway)']],
		['an HTML page with an empty title', '<html><title> </title>', ['(an HTML page)']],
		['an HTML page without a title', '<html><body>x', ['(an HTML page)']],
		['nothing', '', ['(empty response)']],
		['plain text', ' unsupported Content-Type ', ['unsupported Content-Type']],
		['JSON of another form', { detail: 'x' }, ['{"detail":"x"}']],
		['JSON that is no object', '"x"', ['"x"']],
		['fields of the wrong type', { message: 1, errors: 'x', error: 'kept' }, ['kept']],
	])('describes %s', async (_, body, details) => {
		expect((await refusal(422, body)).details).toEqual(details);
	});

	it('shows the first of many thousand complaints', async () => {
		const errors = Array.from({ length: 20_000 }, (_, index) => ({ msg: `value ${index % 15_000} is wrong` }));
		const { details } = await refusal(422, { message: 'invalid', errors });
		expect(details).toEqual(['invalid', ...Array.from({ length: 9 }, (_, index) => `value ${index} is wrong`)]);
	});

	it('contains the operation, status, code, request ID and wait time', async () => {
		const error = await refusal(
			429,
			{ errors: [{ code: 'slow_down', msg: 'too many' }] },
			{ 'retry-after': '5', 'x-request-id': 'R1' },
		);
		expect(error.message).toBe('Could not get the thing. MASV responded with 429: too many');
		expect(error).toMatchObject({
			status: 429,
			code: 'rate_limited',
			serviceCode: 'slow_down',
			retryAfterMs: 5_000,
			requestId: 'R1',
		});
	});

	it.each([
		[401, 'Check the API Key'],
		[402, 'plan'],
		[403, 'Team ID'],
		[429, 'too many requests'],
		[500, 'has a problem'],
	])('gives a hint for %i', async (status, hint) => {
		expect(adviceOn(await refusal(status))).toContain(hint);
	});

	it.each([401, 403])('does not blame the API key if the token of a package is rejected with %i', async (status) => {
		const authorization = { kind: 'package', token: 'token-1' };
		expect((await refusal(status, '', {}, { authorization })).code).toBe('package_token_rejected');
	});

	it('does not blame the API key if the password of a portal is wrong', async () => {
		const authorization = { kind: 'portal', accessCode: 'wrong' };
		expect(adviceOn(await refusal(403, '', {}, { authorization }))).toContain('upload password');
	});

	it.each([
		['https://eu.masv.test/v1/things/1?a=b', 'https://eu.masv.test'],
		['/api/v1/things/1', 'https://api.masv.test/api'],
	])('names where the base URL redirects (%s), and sends the API key to no other host', async (location, base) => {
		const error = await refusal(308, '<html>Moved', { location });
		expect(error.code).toBe('base_url_redirected');
		expect(error.message).toBe(`Could not get the thing. MASV responded with 308: it redirects to ${base}/v1/things/1`);
		expect(error.hint).toBe(`If that is your MASV server, set the base URL to ${base}.`);
	});
});

describe('secrets in the error of a call', () => {
	const repeated = `you sent X-API-KEY: ${apiKey}`;

	it.each<[string, string | object]>([
		['a message', { message: repeated }],
		['a list of errors', { errors: [{ msg: repeated, code: apiKey }] }],
		['a code', { code: apiKey, message: 'no' }],
		['plain text', repeated],
		['the title of a page', `<html><title>${repeated.replaceAll('<', '&lt;')}</title>`],
		['JSON of another form', { headers: { 'x-api-key': apiKey } }],
		['a text cut off in the middle of the key', `${'x'.repeat(300 - 6)}${apiKey}`],
		['a message cut off in the middle of the key', { message: `${'x'.repeat(500 - 6)}${apiKey}` }],
	])('are hidden in %s', async (_, body) => {
		const error = await refusal(400, body, { 'x-request-id': `R-${apiKey}` });
		const shown = JSON.stringify({ ...error, message: error.message, hint: adviceOn(error) });
		expect(shown).not.toContain(apiKey.slice(0, 5));
		expect(shown).not.toContain('k{e&lt;y');
	});

	it('are hidden if they belong to a package or a portal', async () => {
		const client = nockClient();
		const calls = [
			{ kind: 'package', token: 'token-of-package' },
			{ kind: 'portal', accessCode: 'code of portal' },
		] as const;
		for (const authorization of calls) {
			masv().get('/v1/things/1').reply(400, 'token-of-package, code of portal, code%20of%20portal');
			await failureOf(client.call({ ...get, authorization }));
		}
		masv().get('/v1/things/1').reply(400, 'token-of-package, code of portal, code%20of%20portal');
		const error = await failureOf<MasvApiError>(client.call(get));
		expect(error.details).toEqual(['[hidden], [hidden], [hidden]']);
	});

	it('truncates long texts', async () => {
		expect((await refusal(400, { message: 'x'.repeat(100_000) })).message.length).toBeLessThan(600);
		expect((await refusal(400, { message: 'x', code: 'y'.repeat(100_000) })).serviceCode?.length).toBeLessThan(200);
	});
});

describe('the error of a storage request', () => {
	async function storageRefusal(status: number, body: string) {
		nock(storageUrl).put('/a').query(true).reply(status, body, { 'x-amz-request-id': 'A1', 'retry-after': '3' });
		const request = { method: 'PUT', url: `${storageUrl}/a?X-Amz-Signature=1f2e3d`, headers: {}, body: 'x' };
		return await failureOf<MasvApiError>(nockClient().storage('store part 1', request));
	}

	it('contains the code and the message from the XML', async () => {
		const error = await storageRefusal(
			403,
			'<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
		);
		expect(error.message).toBe(
			'Could not store part 1. MASV storage responded with 403: AccessDenied: Request has expired',
		);
		expect(error).toMatchObject({
			service: 'MASV storage',
			code: 'storage_rejected',
			serviceCode: 'AccessDenied',
			requestId: 'A1',
			retryAfterMs: 3_000,
		});
	});

	it.each([
		['HTML', '<html><title>Proxy</title>', '(an HTML page: Proxy)'],
		['nothing', '', '(empty response)'],
	])('understands %s', async (_, body, said) => {
		expect((await storageRefusal(502, body)).details).toEqual([said]);
	});

	it.each([
		['the message', (value: string) => `<Error><Code>No</Code><Message>got ${value}</Message></Error>`],
		['the code', (value: string) => `<Error><Code>${value}</Code></Error>`],
		['another text', (value: string) => `<Error><SignatureProvided>${value}</SignatureProvided></Error>`],
	])('never shows a signature without its name, in %s', async (_, body) => {
		const error = await storageRefusal(403, body('1f2e3d'));
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain('1f2e3d');
	});

	it.each([
		['PUT', 307, 'https://eu.masv.test/a?X-Amz-Signature=1f2e3d', 'https://eu.masv.test/a?X-Amz-Signature=1f2e3d'],
		['PUT', 308, '/b?X-Amz-Signature=1f2e3d', `${storageUrl}/b?X-Amz-Signature=1f2e3d`],
		['PUT', 307, 'http://eu.masv.test/a', undefined],
		['PUT', 302, 'https://eu.masv.test/a', undefined],
		['GET', 302, 'https://eu.masv.test/a?X-Amz-Signature=1f2e3d', 'https://eu.masv.test/a?X-Amz-Signature=1f2e3d'],
		['GET', 303, '/b', `${storageUrl}/b`],
		['GET', 301, 'http://eu.masv.test/a', undefined],
		['PUT', 307, '', undefined],
	])(
		'knows where a %s may be repeated after %i to "%s", and does not print it',
		async (method, status, location, url) => {
			nock(storageUrl)
				.intercept('/a', method)
				.query(true)
				.reply(status, '', location === '' ? {} : { location });
			const request = { method, url: `${storageUrl}/a?X-Amz-Signature=1f2e3d`, headers: {}, body: undefined };
			const error = await failureOf<MasvApiError>(nockClient().storage('transfer part 1', request));
			expect(error.redirectUrl).toBe(url);
			if (location !== '') expect(error.message).toMatch(/it redirects to (eu|storage)\.masv\.test/);
			expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain('1f2e3d');
		},
	);

	it('never shows the value of a signed header, which the server repeats without its name', async () => {
		nock(storageUrl).put('/a').query(true).reply(403, '<Error><Code>No</Code><Message>got 1f2e3d</Message></Error>');
		const request = { method: 'PUT', url: `${storageUrl}/a`, headers: { 'X-Amz-Security-Token': '1f2e3d' }, body: 'x' };
		const error = await failureOf<MasvApiError>(nockClient().storage('store part 1', request));
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain('1f2e3d');
	});

	it('never shows a signature', async () => {
		const error = await storageRefusal(403, `${storageUrl}/a?X-Amz-Signature=1f2e3d and /a?X-Amz-Signature=1f2e3d`);
		expect(error.message).not.toContain('1f2e3d');
	});
});
