import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { patientTimeouts } from '../../support/patientTimeouts';
import { selfSigned } from '../../support/selfSigned';
import type { TunnelProxy } from '../../support/tunnelProxy';
import { startTunnelProxy } from '../../support/tunnelProxy';

const certificate = selfSigned();
const trusted = getCACertificates('default');
const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const before = names.map((name) => [name, process.env[name]] as const);
let proxy: TunnelProxy;

beforeAll(async () => {
	setDefaultCACertificates([...trusted, certificate.cert]);
	proxy = await startTunnelProxy();
});
afterAll(async () => {
	await proxy.close();
	setDefaultCACertificates(trusted);
});

/** A transport that was made while the environment named the proxy, as n8n's process has it from its start. */
function createProxied(stallMs: number): TransportUnderTest {
	for (const name of names) delete process.env[name];
	process.env.HTTP_PROXY = proxy.url;
	process.env.HTTPS_PROXY = proxy.url;
	try {
		const dispatcher = createDispatcher({ ...patientTimeouts, stallMs });
		return { transport: createTransport(dispatcher), close: async () => await dispatcher.destroy() };
	} finally {
		for (const [name, value] of before) {
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
	}
}

describeTransport('the undici transport, through the tunnel of a proxy', createProxied, {
	certificate,
});

describeTransport('the undici transport, through a proxy that forwards', createProxied, {
	seesRefusal: false,
	seesHangUp: false,
});

it('went through the proxy', () => {
	expect(proxy.passed).toContainEqual(expect.stringMatching(/^CONNECT 127\.0\.0\.1:\d+$/));
	expect(proxy.passed).toContainEqual(expect.stringMatching(/^PATCH http:\/\/127\.0\.0\.1:\d+$/));
});
