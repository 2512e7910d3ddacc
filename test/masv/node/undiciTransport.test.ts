import { getEventListeners } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { MasvCancelledError } from '../../../masv/errors';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { failureOf } from '../../support/failureOf';
import { selfSigned } from '../../support/selfSigned';

function create(stallMs: number): TransportUnderTest {
	const dispatcher = createDispatcher({ connectMs: 2_000, stallMs });
	return { transport: createTransport(dispatcher), close: async () => await dispatcher.destroy() };
}

describeTransport('the undici transport', create);

describe('with TLS', () => {
	const certificate = selfSigned();
	const trusted = getCACertificates('default');
	beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
	afterAll(() => setDefaultCACertificates(trusted));

	describeTransport('the undici transport', create, { certificate });
});

describe('the undici transport, between requests', () => {
	let answer: RequestListener;
	let server: Server;
	let connections = 0;
	let tested: TransportUnderTest;
	let send: (more?: object) => Promise<unknown>;

	beforeAll(async () => {
		server = createServer((request, response) => answer(request, response));
		server.on('connection', () => connections++);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const request = { operation: 'do it', method: 'GET', url, headers: {}, maxResponseBytes: 1_000 };
		tested = create(2_000);
		send = async (more) => await tested.transport({ ...request, ...more });
	});
	afterAll(async () => {
		await tested.close();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	it('uses connections again', async () => {
		answer = (_, response) => response.end();
		for (let turn = 0; turn < 20; turn++) await send();
		// Two, because undici counts a connection as free only a turn of the event loop after its answer.
		expect(connections).toBeLessThanOrEqual(2);
	});

	it('listens once to a signal for all of its requests, and no longer than they take', async () => {
		let coming = 0;
		const stop = new AbortController();
		const haveCome = new Promise<void>((resolve) => {
			answer = () => {
				if (++coming === 3) resolve();
			};
		});
		const sent = [1, 2, 3].map(async () => await failureOf(send({ signal: stop.signal })));
		await haveCome;
		expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
		stop.abort();
		for (const error of await Promise.all(sent)) expect(error).toBeInstanceOf(MasvCancelledError);
		expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
	});
});
