import { adviceOn } from '../../nodes/Masv/errorAdvice';
import { z } from 'zod';

import type { ClientOptions, MasvClient } from '../../masv/client';
import { MasvCancelledError, MasvConnectionError, MasvInputError } from '../../masv/errors';
import { halfAMinuteOfOutage, noRetry } from '../../masv/retry';
import type { Transport, TransportRequest } from '../../masv/transport';
import { apiKey, baseUrl, failureOf, masv, nockClient, storageUrl, useNock } from '../support/nockMasv';
import type { ApiCall, Authorization } from '../../masv/apiCall';
import { toQuery } from '../../masv/apiCall';
import { instantClock } from '../support/instantClock';

useNock();

const get = { operation: 'get the thing', method: 'GET', path: '/v1/things/1' } as const;
const thing = z.looseObject({ id: z.string() });

/** What a client hands to the network for one call. */
async function sentBy(
	call: Partial<ApiCall<unknown>>,
	options: Partial<ConstructorParameters<typeof MasvClient>[0]> = {},
) {
	const sent: TransportRequest[] = [];
	const client = nockClient({
		transport: (request) => {
			sent.push(request);
			return Promise.resolve({ status: 200, headers: {}, text: '{}' });
		},
		...options,
	});
	await client.call({ ...get, ...call });
	return sent[0] as TransportRequest;
}

describe('a call', () => {
	it('sends the API key unchanged', async () => {
		const strange = 'a{b<c=d:e!f/g,h;i"j\'k\\l%20m n}>&?#~';
		masv({ reqheaders: { 'x-api-key': (value) => value === strange } })
			.get('/v1/things/1')
			.reply(200);
		await nockClient({ apiKey: strange }).call(get);
	});

	it.each([
		['POST', [true, true]],
		['PUT', [true, true]],
		['DELETE', [true, true]],
		['GET', [false, false]],
	] as const)('asks the guard before each attempt, but not to read: %s', async (method, expected) => {
		const asked: boolean[] = [];
		let isAsked = false;
		const guard = { check: () => Promise.resolve(void (isAsked = true)) };
		const transport: Transport = () => {
			asked.push(isAsked);
			isAsked = false;
			return Promise.resolve({ status: asked.length === 1 ? 503 : 200, headers: {}, text: '{}' });
		};
		await nockClient({ transport })
			.withGuard(guard)
			.call({ ...get, method });
		expect(asked).toEqual(expected);
	});

	it('sends nothing to the storage either once the guard objects', async () => {
		const transport: Transport = () => Promise.reject(new Error('sent'));
		const guard = { check: () => Promise.reject(new Error('taken over')) };
		const client = nockClient({ transport }).withGuard(guard).withSignal(undefined);
		const put = { method: 'PUT', url: storageUrl, headers: {} } as const;
		expect((await failureOf(client.storage('upload', put))).message).toBe('taken over');
	});

	it.each(['GET', 'POST', 'PUT', 'DELETE'] as const)(
		'sends the content type with %s, even without a body, and asks for a plain answer',
		async (method) => {
			for (const body of [undefined, { a: 1 }]) {
				const { headers } = await sentBy({ method, body });
				expect(headers).toEqual({
					'content-type': 'application/json',
					accept: 'application/json',
					'accept-encoding': 'identity',
					'x-api-key': apiKey,
				});
			}
		},
	);

	it.each<[string, Authorization, Record<string, string>]>([
		['the token for a package', { kind: 'package', token: 'eyJ.1' }, { 'x-package-token': 'eyJ.1' }],
		[
			'the URI-encoded access code for a portal',
			{ kind: 'portal', accessCode: 'grün & 100%' },
			{ 'x-access-code': 'gr%C3%BCn%20%26%20100%25' },
		],
		['nothing for an open portal', { kind: 'portal', accessCode: undefined }, {}],
	])('sends %s, and no API key', async (_, authorization, expected) => {
		const { headers } = await sentBy({ method: 'POST', authorization });
		const always = { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'identity' };
		expect(headers).toEqual({ ...always, ...expected });
	});

	it('sends its body as JSON', async () => {
		masv().post('/v1/things', { name: 'Größe', list: [] }).reply(201, { id: '7', more: true });
		const call = { operation: 'create', method: 'POST', path: '/v1/things', schema: thing } as const;
		expect(await nockClient().call({ ...call, body: { name: 'Größe', list: [] } })).toEqual({ id: '7', more: true });
	});

	it.each([
		['https://api.masv.test/', '/v1/things/1'],
		['https://api.masv.test/v1', '/v1/things/1'],
		['https://api.masv.test/v1.1/', '/v1/things/1'],
		[' https://api.masv.test//', '/v1/things/1'],
		['https://api.masv.test/masv/v1/?a=b#c', '/masv/v1/things/1'],
	])('uses the same route with the base URL %s', async (url, route) => {
		expect((await sentBy({}, { baseUrl: url })).url).toBe(`${baseUrl}${route}`);
	});

	it.each([undefined, '', '  '])('uses MASV itself with the base URL %j', async (url) => {
		expect((await sentBy({}, { baseUrl: url })).url).toBe('https://api.massive.app/v1/things/1');
	});

	it('resolves to undefined without a schema', async () => {
		masv().get('/v1/things/1').reply(204).get('/v1/things/1').reply(200, 'OK');
		expect([await nockClient().call(get), await nockClient().call(get)]).toEqual([undefined, undefined]);
	});

	it('fails for a page, also without a schema', async () => {
		masv().get('/v1/things/1').reply(200, '<html>');
		const error = await failureOf(nockClient({ policy: noRetry }).call(get));
		expect(error).toMatchObject({ code: 'response_malformed', transient: true, mayHaveSucceeded: true });
	});

	it('is not sent after the client was cancelled', async () => {
		expect(await failureOf(nockClient({ signal: AbortSignal.abort() }).call(get))).toBeInstanceOf(MasvCancelledError);
	});

	it('is retried after a server error, and reports that without secrets', async () => {
		const told: string[] = [];
		masv()
			.get('/v1/things/1')
			.reply(503, { message: `busy with ${apiKey}` })
			.get('/v1/things/1')
			.reply(200, { id: '1' });
		await nockClient({ onRetry: (text) => told.push(text) }).call(get);
		expect(told).toEqual([
			'Could not get the thing. MASV responded with 503: busy with [hidden] (attempt 1, retrying)',
		]);
	});
});

describe('an unusable response', () => {
	it.each([
		['an empty one', '', 'api.masv.test responded with 200 and an empty body'],
		['a page', '<html>Login</html>', 'api.masv.test responded with 200 and a body that is not JSON'],
		['another object', '{"name":"x"}', 'The response from api.masv.test does not match what MASV documents (at "id")'],
	])('is recognized: %s', async (_, text, message) => {
		masv().get('/v1/things/1').times(3).reply(200, text);
		const client = nockClient();
		const policy = { baseDelayMs: 1_000, maxDelayMs: 1_000, patienceMs: 1_200 };
		const error = await failureOf<MasvConnectionError>(client.call({ ...get, schema: thing, policy }));
		expect(error).toBeInstanceOf(MasvConnectionError);
		expect(error.message).toBe(`Could not get the thing. ${message}`);
		expect(adviceOn(error)).toContain('Base URL');
	});
});

describe('expectNoContent', () => {
	it('treats another response as a lost one: it may come from a proxy', async () => {
		masv().post('/v1/things/1').reply(200, 'OK').post('/v1/things/1').reply(204);
		const asked: unknown[] = [];
		const recoverResult = (lost: unknown) => Promise.resolve(void asked.push(lost));
		await nockClient().call({ ...get, method: 'POST', expectNoContent: true, recoverResult });
		expect(asked).toEqual([
			expect.objectContaining({ message: expect.stringContaining('instead of the documented 204') as string }),
		]);
	});

	it('accepts a 204', async () => {
		masv().post('/v1/things/1').reply(204);
		await nockClient().call({ ...get, method: 'POST', expectNoContent: true });
	});
});

describe('recoverResult', () => {
	const create = { operation: 'create', method: 'POST', path: '/v1/things', schema: thing } as const;

	it('is called before a call is repeated, and what it finds is the result', async () => {
		masv().post('/v1/things').reply(502);
		const found = await nockClient().call({ ...create, recoverResult: () => Promise.resolve({ id: 'found' }) });
		expect(found).toEqual({ id: 'found' });
	});

	it('lets the call be repeated when it finds nothing', async () => {
		const asked: unknown[] = [];
		masv().post('/v1/things').reply(502).post('/v1/things').reply(201, { id: 'new' });
		const recoverResult = (lost: unknown) => {
			asked.push(lost);
			return Promise.resolve(undefined);
		};
		expect(await nockClient().call({ ...create, recoverResult })).toEqual({ id: 'new' });
		expect(asked).toHaveLength(1);
	});

	it('is not called after a rejection, or if MASV was never reached', async () => {
		const recoverResult = () => Promise.reject(new Error('asked'));
		masv().post('/v1/things').reply(429).post('/v1/things').reply(201, { id: 'new' });
		expect(await nockClient().call({ ...create, recoverResult })).toEqual({ id: 'new' });
		masv()
			.post('/v1/things')
			.replyWithError(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
		masv().post('/v1/things').reply(201, { id: 'newer' });
		expect(await nockClient().call({ ...create, recoverResult })).toEqual({ id: 'newer' });
	});

	it('is not called again for a response that it has looked for', async () => {
		let asked = 0;
		masv().post('/v1/things').reply(502).post('/v1/things').reply(429).post('/v1/things').reply(201, { id: 'new' });
		const recoverResult = () => Promise.resolve(void asked++);
		await nockClient().call<unknown>({ ...create, recoverResult });
		expect(asked).toBe(1);
	});

	it('is called again after it failed, before anything is repeated', async () => {
		let asked = 0;
		masv().post('/v1/things').reply(502);
		const recoverResult = () => {
			asked++;
			return asked === 1
				? Promise.reject(new MasvConnectionError('No', { code: 'connection_lost' }))
				: Promise.resolve({ id: 'found' });
		};
		expect(await nockClient().call({ ...create, recoverResult })).toEqual({ id: 'found' });
	});
});

describe('MasvClient', () => {
	it.each([
		['an empty key', { apiKey: ' ' }, 'apiKey'],
		['a key with a line break', { apiKey: 'abc\ndef' }, 'apiKey'],
		['a key with a character that no header can carry', { apiKey: 'schlüssel' }, 'apiKey'],
		['an empty team', { teamId: '' }, 'teamId'],
		['a base URL that is not a URL', { baseUrl: 'api.massive.app' }, 'baseUrl'],
		['a base URL with another protocol', { baseUrl: 'ftp://api.massive.app' }, 'baseUrl'],
		['a base URL with another protocol and a password', { baseUrl: 'ftp://user:pass@api.massive.app' }, 'baseUrl'],
		['a base URL with a password and no user', { baseUrl: 'https://:pass@api.massive.app' }, 'baseUrl'],
		['a base URL with a password', { baseUrl: 'https://user:pass@api.massive.app' }, 'baseUrl'],
	])('refuses %s', (_, wrong, field) => {
		let error: unknown;
		try {
			nockClient({ baseUrl: undefined, ...wrong });
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBeInstanceOf(MasvInputError);
		expect((error as MasvInputError).field).toBe(field);
		expect((error as MasvInputError).message).not.toMatch(/schlüssel|abc|pass@/);
	});

	it('uses the policy of the call, else its own', async () => {
		const sleeping = instantClock();
		const client = nockClient({ clock: sleeping, policy: noRetry });
		masv().get('/v1/things/1').reply(503);
		await failureOf(client.call(get));
		expect(sleeping.slept).toEqual([]);
		masv().get('/v1/things/1').reply(503).get('/v1/things/1').reply(204);
		await client.call({ ...get, policy: halfAMinuteOfOutage });
		expect(sleeping.slept).toHaveLength(1);
	});

	it.each<[string, Partial<ClientOptions>]>([
		['server', { baseUrl: 'https://other.masv.test' }],
		['team', { teamId: 'TEAM2' }],
		['API key', { apiKey: 'another key' }],
	])('has other record keys for another %s', (_, other) => {
		expect(nockClient().recordKey(['fact'])).toBe(nockClient().recordKey(['fact']));
		expect(nockClient(other).recordKey(['fact'])).not.toBe(nockClient().recordKey(['fact']));
	});

	it('has the same record key for a long list in turns with other work of the process', async () => {
		const turns = instantClock();
		const items = Array.from({ length: 3_500 }, (_, index) => `ünicode item ${index}`);
		const toFact = (item: string) => [item, undefined, 1];
		const keyOf = async (some: string[]) => await nockClient({ clock: turns }).listKey(['kind', 1], some, toFact);
		expect(await keyOf(items)).toBe(nockClient().recordKey(['kind', 1, items.map(toFact)]));
		expect(turns.slept).toEqual([0, 0, 0]);
		for (const some of [[], ['one'], items.slice(1)])
			expect(await keyOf(some)).toBe(nockClient().recordKey(['kind', 1, some.map(toFact)]));
	});

	it('shares tokens and secrets with a copy that has another signal', async () => {
		const client = nockClient();
		client.tokens.set('P1', 'token-1');
		const stopped = client.withSignal(AbortSignal.abort());
		expect(stopped.tokens.get('P1')).toBe('token-1');
		expect(stopped.secrets).toBe(client.secrets);
		await failureOf(stopped.call(get));
		masv().get('/v1/things/1').reply(204);
		await client.call(get);
	});
});

describe('storage', () => {
	const put = { method: 'PUT', url: `${storageUrl}/a?X-Amz-Signature=1f`, headers: { 'x-amz-meta-a': '1' }, body: 'x' };

	it('sends the blueprint and no header of MASV', async () => {
		const sent: TransportRequest[] = [];
		const client = nockClient({
			transport: (request) => {
				sent.push(request);
				return Promise.resolve({ status: 200, headers: { etag: '"1"' }, text: '' });
			},
		});
		await client.storage('store', put);
		expect(sent[0]).toMatchObject(put);
		expect(sent[0]?.headers).toEqual(put.headers);
	});

	it('is canceled by the signal of the client', async () => {
		const { signal } = new AbortController();
		let sent: TransportRequest | undefined;
		const transport: Transport = (request) => {
			sent = request;
			return Promise.resolve({ status: 200, headers: {}, text: '' });
		};
		await nockClient({ transport, signal }).storage('store part 1', put);
		expect(sent?.signal).toBe(signal);
	});

	it.each(['http://storage.masv.test/a', 'file:///etc/passwd', 'nonsense'])('refuses %s', async (url) => {
		const error = await failureOf<MasvConnectionError>(nockClient().storage('store', { ...put, url }));
		expect(error).toBeInstanceOf(MasvConnectionError);
		expect(error).toMatchObject({ transient: false, hint: expect.stringContaining('Nothing was sent') as string });
	});

	it('may be HTTP if the base URL is', async () => {
		const client = nockClient({
			baseUrl: 'http://localhost:9',
			transport: () => Promise.resolve({ status: 200, headers: {}, text: 'ok' }),
		});
		expect(await client.storage('store', { ...put, url: 'http://localhost:8/a' })).toMatchObject({ text: 'ok' });
	});
});

describe('toQuery', () => {
	it('joins lists with commas and leaves out undefined values', () => {
		expect(toQuery({ status: ['new', 'expired'], none: [], page: 1, name: 'a&b', no: undefined, yes: false })).toBe(
			'?status=new%2Cexpired&page=1&name=a%26b&yes=false',
		);
		expect(toQuery()).toBe('');
		expect(toQuery({ name: 'Dailies \ud83c' })).toBe('?name=Dailies%20%EF%BF%BD');
	});
});

describe('a call without an account', () => {
	it.each<[string, Authorization, Record<string, string>]>([
		['a link without a password', { kind: 'link', password: undefined }, {}],
		['a link', { kind: 'link', password: 'p w' }, { 'x-link-password': 'p w' }],
		[
			'a link with a password that no header can carry',
			{ kind: 'link', password: ' é' },
			{ 'x-link-password': '%20%C3%A9' },
		],
		['a package', { kind: 'package', token: 'tok' }, { 'x-package-token': 'tok' }],
	])('sends what opens %s, and nothing else', async (_, authorization, expected) => {
		const { headers } = await sentBy({ authorization }, { apiKey: undefined, teamId: undefined });
		const { 'content-type': _type, accept: _accept, 'accept-encoding': _coding, ...secrets } = headers;
		expect(secrets).toEqual(expected);
	});
});
