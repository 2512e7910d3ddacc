import { EnvHttpProxyAgent } from 'undici';

import { createDispatcher } from '../../../masv/node/dispatcher';

const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'];
const before = names.map((name) => [name, process.env[name]] as const);

beforeEach(() => {
	for (const name of names) delete process.env[name];
});
afterEach(() => {
	for (const [name, value] of before) {
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	}
});

describe('createDispatcher', () => {
	it.each(names)('uses the proxy in %s', async (name) => {
		process.env[name] = 'http://127.0.0.1:9';
		const dispatcher = createDispatcher();
		expect(dispatcher).toBeInstanceOf(EnvHttpProxyAgent);
		await dispatcher.destroy();
	});

	it('does without a proxy if there is none', async () => {
		const dispatcher = createDispatcher();
		expect(dispatcher).not.toBeInstanceOf(EnvHttpProxyAgent);
		await dispatcher.destroy();
	});
});
