import { createServer } from 'node:http';
import net from 'node:net';
import { setImmediate as nextIteration } from 'node:timers/promises';
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

	it('opens connections one after another, with other work between', async () => {
		const server = createServer((_, response) => void response.end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const origin = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
		const dispatcher = createDispatcher();
		const connect = jest.spyOn(net, 'connect');
		let ended = 0;
		const onEnd = (): void => void ended++;
		for (let index = 0; index < 8; index++) {
			const handler = {
				onRequestStart: () => undefined,
				onResponseStart: () => undefined,
				onResponseData: () => undefined,
			};
			dispatcher.dispatch(
				{ origin, path: '/', method: 'GET' },
				{ ...handler, onResponseEnd: onEnd, onResponseError: onEnd },
			);
		}
		const opened: number[] = [];
		while (ended < 8) {
			await nextIteration();
			opened.push(connect.mock.calls.length);
		}
		opened.forEach((count, index) => expect(count - (opened[index - 1] ?? 0)).toBeLessThanOrEqual(1));
		expect(opened.at(-1)).toBe(8);
		connect.mockRestore();
		await dispatcher.destroy();
		await new Promise((resolve) => server.close(resolve));
	});
});
