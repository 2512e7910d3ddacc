import { getEventListeners } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createListener } from 'node:net';
import { Readable } from 'node:stream';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { Dispatcher } from 'undici';
import { errors } from 'undici';

import type { Timer } from '../../../masv/node/callLimit';
import type { TransportRequest, TransportResponse } from '../../../masv/transport';
import { MasvCancelledError } from '../../../masv/errors';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import { describeContent } from '../../contracts/content';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { failureOf } from '../../support/failureOf';
import { patientTimeouts } from '../../support/patientTimeouts';
import { selfSigned } from '../../support/selfSigned';
import { patternBytes } from '../../support/testSources';

function create(stallMs: number): TransportUnderTest {
	const dispatcher = createDispatcher({ ...patientTimeouts, stallMs });
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
	let send: (more?: object) => Promise<TransportResponse>;

	beforeAll(async () => {
		server = createServer((request, response) => answer(request, response));
		server.on('connection', () => connections++);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const request = { operation: 'do it', method: 'GET', url, headers: {}, maxResponseBytes: 1_000 };
		tested = create(patientTimeouts.stallMs);
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

	it.each([
		[255 * 1024, false],
		[2 * 1024 * 1024, true],
	])('reads a text of %i bytes, in pieces: %j', async (bytes, isInPieces) => {
		const text = `ä${'x'.repeat(bytes - 2)}`;
		answer = (_, response) => response.end(text);
		const response = await send({ maxResponseBytes: bytes });
		expect([response.text === text, response.pieces !== undefined]).toEqual([true, isInPieces]);
		if (isInPieces) expect(Buffer.concat(response.pieces ?? []).toString() === text).toBe(true);
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

it('keeps its connections when another one cannot be opened', async () => {
	const held: Array<() => void> = [];
	let areHeld = (): void => {};
	let isHolding = true;
	const server = createServer((_, response) => {
		if (!isHolding) return response.end();
		if (held.push(() => response.end()) === 3) areHeld();
	});
	const listener = createListener((socket) => void server.emit('connection', socket));
	await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
	const tested = create(patientTimeouts.stallMs);
	const send = async () =>
		await tested.transport({ operation: 'do it', method: 'GET', url, headers: {}, maxResponseBytes: 1_000 });
	try {
		const haveCome = new Promise<void>((resolve) => (areHeld = resolve));
		const sent = [send(), send(), send()];
		await haveCome;
		// It accepts no more connections, and keeps those that are open.
		listener.close();
		expect(await failureOf(send())).toMatchObject({ code: 'connection_refused' });
		isHolding = false;
		for (const [index, each] of sent.entries()) {
			held[index]?.();
			await each;
		}
		expect(await send()).toMatchObject({ status: 200 });
	} finally {
		await tested.close();
		listener.close();
	}
});

describe('a body in pieces', () => {
	/** The pieces that the dispatcher gets. */
	async function dispatched(pieces: Uint8Array[]): Promise<Uint8Array[]> {
		const sent: Uint8Array[] = [];
		const send = async ({ body }: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): Promise<void> => {
			for await (const piece of body as AsyncIterable<Uint8Array>) sent.push(piece);
			const controller = {} as Dispatcher.DispatchController;
			handler.onResponseStart?.(controller, 200, {}, 'OK');
			handler.onResponseEnd?.(controller, {});
		};
		const dispatcher = {
			dispatch: (...given: Parameters<typeof send>) => void send(...given),
		} as unknown as Dispatcher;
		await createTransport(dispatcher)({
			...{ operation: 'store it', method: 'PUT', url: 'https://storage.masv.test/part', maxResponseBytes: 1_000 },
			headers: { 'content-length': String(Buffer.concat(pieces).length) },
			body: Readable.from(pieces),
		});
		return sent;
	}
	/** Of the sockets that undici opens for TLS. */
	const highWaterMark = 16 * 1024;
	const large = patternBytes(300_000);

	// Otherwise, undici waits until it is sent, and ends a connection whose answer comes before it knows that this was all.
	it('ends with a piece for which undici need not wait', async () => {
		const sent = await dispatched([large.subarray(0, 200_000), large.subarray(200_000)]);
		expect(Buffer.concat(sent).equals(large)).toBe(true);
		expect(sent[0]).toHaveLength(200_000);
		expect(sent.at(-1)?.length).toBeLessThan(highWaterMark);
		expect(sent).toHaveLength(3);
	});

	it('is sent as it is if it ends with a short piece', async () => {
		const sent = await dispatched([large, large.subarray(0, 100)]);
		expect(sent.map(({ length }) => length)).toEqual([300_000, 100]);
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
		const dispatcher = createDispatcher({ ...patientTimeouts, stallMs: 300 });
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

	it('is timed by the dispatcher for a small part, and may take as long', async () => {
		const limits: unknown[] = [];
		const dispatcher = {
			dispatch: ({ headersTimeout }: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
				limits.push(headersTimeout);
				handler.onResponseError?.({} as Dispatcher.DispatchController, new errors.HeadersTimeoutError());
			},
		} as unknown as Dispatcher;
		const transport = createTransport(dispatcher, () => {
			throw new Error('There is another timer');
		});
		const error = await failureOf(transport(put(bytes.subarray(0, 10_000))));
		expect(error).toMatchObject({ code: 'connection_stalled', transient: true, mayHaveSucceeded: true });
		expect(limits).toEqual([300_000]);
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
