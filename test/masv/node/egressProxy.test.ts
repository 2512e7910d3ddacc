import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';

import type { MasvConnectionError } from '../../../masv/errors';
import type { EgressPolicy } from '../../../masv/node/egress';
import { createGuardedTransport } from '../../../masv/node/egress';
import { patientTimeouts } from '../../support/patientTimeouts';
import type { TunnelProxy } from '../../support/tunnelProxy';
import { startTunnelProxy } from '../../support/tunnelProxy';

const denied = new Error('denied');
const denyAll: LookupFunction = (_, __, callback) => callback(denied, []);
const policyOf = (ok: boolean): EgressPolicy => ({
	validateUrl: () => Promise.resolve(ok ? { ok } : { ok, error: denied }),
	createSecureLookup: () => denyAll,
});

describe("n8n's network policy behind a proxy of the environment", () => {
	const before = { ...process.env };
	const server = createServer((_request, response) => void response.end('answer'));
	let proxy: TunnelProxy;
	beforeAll(async () => {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		proxy = await startTunnelProxy();
	});
	afterAll(async () => {
		await proxy.close();
		server.close();
	});
	afterEach(() => void (process.env = { ...before }));

	/** What becomes of a request, and whether the proxy saw it. */
	const request = async (isAllowed: boolean, noProxy = '') => {
		// By name, so that the proxy would have to be looked up.
		process.env.HTTP_PROXY = proxy.url.replace('127.0.0.1', 'localhost');
		process.env.NO_PROXY = noProxy;
		delete process.env.no_proxy;
		const transport = createGuardedTransport(policyOf(isAllowed), patientTimeouts);
		const { port } = server.address() as AddressInfo;
		const seen = proxy.passed.length;
		const url = `http://localhost:${port}/`;
		const outcome = transport({
			operation: 'ask',
			method: 'GET',
			url,
			headers: {},
			body: undefined,
			maxResponseBytes: 99,
		});
		const said = await outcome.then(({ text }) => text).catch((error: unknown) => (error as MasvConnectionError).code);
		return { said, isProxied: proxy.passed.length > seen };
	};

	it('lets the proxy of the administrator be connected to', async () => {
		expect(await request(true)).toEqual({ said: 'answer', isProxied: true });
	});

	it('is asked about what is requested through the proxy', async () => {
		expect(await request(false)).toEqual({ said: 'network_policy', isProxied: false });
	});

	it('holds for connections without the proxy', async () => {
		expect(await request(true, 'localhost')).toEqual({ said: 'network_policy', isProxied: false });
	});
});
