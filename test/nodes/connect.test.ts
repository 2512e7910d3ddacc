import { lookup } from 'node:dns';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';

import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvConnectionError } from '../../masv/errors';
import { noRetry } from '../../masv/retry';
import { connectMasv } from '../../nodes/Masv/connect';
import type { EgressPolicy } from '../../nodes/Masv/platform/platform';
import { failureOf } from '../support/failureOf';

describe("n8n's network policy (SSRF protection)", () => {
	let server: Server;
	let requests: string[];
	let port: number;
	beforeEach(async () => {
		requests = [];
		server = createServer((request, response) => {
			requests.push(request.url ?? '');
			response.end();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		({ port } = server.address() as AddressInfo);
	});
	afterEach(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	const allowed: EgressPolicy = {
		validateUrl: () => Promise.resolve({ ok: true }),
		createSecureLookup: () => lookup,
	};
	const denial = new Error('The target is not allowed');

	/** What a node does in an n8n with these helpers: a call to MASV, and a request to its storage. */
	async function requestBoth(helpers: object, host = 'localhost') {
		const baseUrl = `http://${host}:${port}`;
		const n8n = {
			helpers,
			getCredentials: () => Promise.resolve({ apiKey: 'key', teamId: 'T1', baseUrl }),
			getExecutionCancelSignal: () => undefined,
			logger: { debug: () => undefined, warn: () => undefined },
		} as unknown as IExecuteFunctions;
		const client = await connectMasv(n8n, 'teamKey');
		const call = { operation: 'get it', method: 'GET', path: '/v1/it', policy: noRetry } as const;
		const storage = { method: 'GET', url: `${baseUrl}/part`, headers: {} };
		return [async () => await client.call(call), async () => await client.storage('store it', storage)];
	}

	it.each<[string, object]>([
		['does not offer one', {}],
		['has none', { getSecureEgressFilter: () => undefined }],
		['allows everything', { getSecureEgressFilter: () => allowed }],
		['allows the host', { getSecureEgressFilter: () => ({ ...allowed, createSecureLookup: () => allowLocal }) }],
	])('changes nothing where n8n %s', async (_, helpers) => {
		for (const request of await requestBoth(helpers)) await request();
		expect(requests).toEqual(['/v1/it', '/part']);
	});

	it.each<[string, EgressPolicy]>([
		[
			'a URL',
			{
				...allowed,
				createSecureLookup: () => allowLocal,
				validateUrl: () => Promise.resolve({ ok: false, error: denial }),
			},
		],
		['the address that a host has when it is connected to', { ...allowed, createSecureLookup: () => denyAll }],
	])('holds for MASV and its storage: %s', async (_, policy) => {
		for (const request of await requestBoth({ getSecureEgressFilter: () => policy })) {
			const error = await failureOf<MasvConnectionError>(request());
			expect(error).toMatchObject({ code: 'network_policy', transient: false, mayHaveSucceeded: false });
			expect(error.message).toContain(`does not allow connections to localhost:${port}`);
		}
		expect(requests).toEqual([]);
	});

	it('does not turn a host that does not exist into a policy', async () => {
		const missing = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
		const policy = { ...allowed, createSecureLookup: () => allowLocal, validateUrl: () => Promise.reject(missing) };
		const [call] = await requestBoth({ getSecureEgressFilter: () => policy });
		expect(await failureOf(call?.() as Promise<unknown>)).toMatchObject({ code: 'host_not_found', transient: true });
	});

	const allowLocal: LookupFunction = (_, { all }, callback) =>
		all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
	const denyAll: LookupFunction = (_, __, callback) => callback(denial, []);
});
