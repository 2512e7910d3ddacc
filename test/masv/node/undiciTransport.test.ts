import { getEventListeners } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { Timer } from '../../../masv/node/callLimit';
import type { TransportRequest } from '../../../masv/transport';
import { MasvCancelledError } from '../../../masv/errors';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import { describeContent } from '../../contracts/content';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { failureOf } from '../../support/failureOf';
import { selfSigned } from '../../support/selfSigned';

function create(stallMs: number): TransportUnderTest {
	const dispatcher = createDispatcher({ connectMs: 2_000, stallMs });
	return { transport: createTransport(dispatcher), close: async () => await dispatcher.destroy() };
}

describeTransport('the undici transport', create);
describeContent('the undici transport', create);

describe('with TLS', () => {
	const certificate = selfSigned();
	const trusted = getCACertificates('default');
	beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
	afterAll(() => setDefaultCACertificates(trusted));

	describeTransport('the undici transport', create, { certificate });
	describeContent('the undici transport', create, certificate);
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

describe('the answer to a part', () => {
	let answer: RequestListener;
	let server: Server;
	let url: string;
	beforeAll(async () => {
		server = createServer((request, response) => answer(request, response));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterAll(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	const bytes = Buffer.alloc(1_000_000);
	async function* pieces() {
		yield await Promise.resolve(bytes.subarray(0, 600_000));
		yield await Promise.resolve(bytes.subarray(600_000));
	}
	const put = (body: TransportRequest['body']): TransportRequest => ({
		operation: 'store it',
		method: 'PUT',
		url,
		headers: body instanceof Uint8Array ? {} : { 'content-length': String(bytes.length) },
		body,
		maxResponseBytes: 1_000,
	});
	const shapes: Array<[string, () => TransportRequest['body']]> = [
		['in pieces', pieces],
		['at once', () => bytes],
	];

	it.each(shapes)('may come long after a part that was sent %s: a gateway passes it on slowly', async (_, body) => {
		const dispatcher = createDispatcher({ connectMs: 2_000, stallMs: 300 });
		const transport = createTransport(dispatcher);
		const received = new Promise<() => void>((resolve) => {
			answer = (request, response) => {
				if (request.method === 'PUT') request.resume().on('end', () => resolve(() => void response.end('stored')));
			};
		});
		const stored = transport(put(body()));
		const finish = await received;
		// Twice as long as the limit for everything else.
		for (let turn = 0; turn < 2; turn++) {
			const error = await failureOf(transport({ ...put(undefined), method: 'GET', headers: {} }));
			expect(error).toMatchObject({ code: 'connection_stalled' });
		}
		finish();
		expect((await stored).text).toBe('stored');
		await dispatcher.destroy();
	});

	it.each(shapes)('does not keep a part for ever that was sent %s', async (_, body) => {
		const limits: number[] = [];
		const timer: Timer = (run, ms) => {
			limits.push(ms);
			setImmediate(run);
			return () => undefined;
		};
		const dispatcher = createDispatcher();
		answer = (request) => void request.resume();
		const error = await failureOf(createTransport(dispatcher, timer)(put(body())));
		expect(error).toMatchObject({ code: 'connection_stalled', transient: true, mayHaveSucceeded: true });
		expect(limits).toEqual([300_000]);
		await dispatcher.destroy();
	});

	it('leaves no timer behind', async () => {
		let running = 0;
		const timer: Timer = () => {
			running++;
			return () => running--;
		};
		const dispatcher = createDispatcher();
		answer = (request, response) => void request.resume().on('end', () => response.end());
		await createTransport(dispatcher, timer)(put(bytes));
		answer = (request) => void request.on('data', () => request.destroy());
		await failureOf(createTransport(dispatcher, timer)(put(pieces())));
		expect(running).toBe(0);
		await dispatcher.destroy();
	});
});
