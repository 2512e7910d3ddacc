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

/** Nothing listens there. */
const request = { origin: 'http://127.0.0.1:9', path: '/', method: 'GET' } as const;
const ignore = (): void => undefined;
const handler = { onRequestStart: ignore, onResponseStart: ignore, onResponseData: ignore, onResponseEnd: ignore };

describe('createDispatcher', () => {
	it('does without a proxy if its address is blank, also if there is another one', async () => {
		process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
		process.env.http_proxy = ' ';
		const dispatcher = createDispatcher();
		expect(dispatcher).toBeInstanceOf(EnvHttpProxyAgent);
		await dispatcher.destroy();
	});

	it('does without a proxy if there is none', async () => {
		const dispatcher = createDispatcher();
		expect(dispatcher).not.toBeInstanceOf(EnvHttpProxyAgent);
		await dispatcher.destroy();
	});

	it('opens a few connections at a time, with other work between', async () => {
		const dispatcher = createDispatcher();
		const connect = jest.spyOn(net, 'connect');
		let ended = 0;
		const onEnd = (): void => void ended++;
		for (let index = 0; index < 24; index++) dispatcher.dispatch(request, { ...handler, onResponseError: onEnd });
		const opened = [connect.mock.calls.length];
		while (ended < 24) {
			await nextIteration();
			opened.push(connect.mock.calls.length);
		}
		connect.mockRestore();
		await dispatcher.destroy();
		opened.forEach((count, index) => expect(count - (opened[index - 1] ?? 0)).toBeLessThanOrEqual(8));
		expect(opened.at(-1)).toBe(24);
	});

	it('fails a request whose connection cannot even be begun', async () => {
		const dispatcher = createDispatcher();
		const connect = jest.spyOn(net, 'connect').mockImplementation(() => {
			throw new Error('cannot begin');
		});
		const { promise: failure, resolve } = Promise.withResolvers<Error>();
		dispatcher.dispatch(request, { ...handler, onResponseError: (_, error) => resolve(error) });
		expect(await failure).toMatchObject({ message: 'cannot begin' });
		connect.mockRestore();
		await dispatcher.destroy();
	});
});
