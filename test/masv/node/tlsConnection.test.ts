import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { TlsConnection } from '../../../masv/node/tlsConnection';
import { TlsConnections } from '../../../masv/node/tlsConnections';
import { failureOf } from '../../support/failureOf';
import { selfSigned } from '../../support/selfSigned';

const certificate = selfSigned();
const trusted = getCACertificates('default');
let server: Server;
let origin: URL;
let answer: RequestListener;
beforeAll(async () => {
	setDefaultCACertificates([...trusted, certificate.cert]);
	server = createServer(certificate, (incoming, response) => answer(incoming, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	origin = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(async () => {
	setDefaultCACertificates(trusted);
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const open = async (): Promise<TlsConnection> => {
	const connection = new TlsConnection(origin, { timeouts: { connectMs: 20_000, stallMs: 20_000 } });
	await connection.opened;
	return connection;
};
const request = { operation: 'get it', method: 'GET', url: '', headers: {}, maxResponseBytes: 1 };

it('is kept for the next request, and so are the others that were used at the same time', async () => {
	const connections = new TlsConnections({ timeouts: { connectMs: 20_000, stallMs: 20_000 } });
	const used = new Set<TlsConnection>();
	const get = async () =>
		await connections.get({ ...request, url: origin.href }, (connection) => void used.add(connection));
	for (let round = 0; round < 2; round++) {
		const waiting: Array<() => void> = [];
		answer = (_, response) => {
			waiting.push(() => void response.end('a'));
			if (waiting.length === 2) for (const respond of waiting) respond();
		};
		await Promise.all([get(), get()]);
	}
	expect(used.size).toBe(2);
	connections.destroy();
});

it('sends nothing over a connection that ended after it was chosen, and waits for nothing', async () => {
	const connection = await open();
	connection.fail(undefined);
	expect(await failureOf(connection.get(request, '/'))).toMatchObject({ code: 'UND_ERR_SOCKET' });
	expect(connection.hasBegun).toBe(false);
});

it('has stalled when nothing has arrived at eight looks in a row, but not while the content has to wait', async () => {
	let look: () => void = () => undefined;
	const setInterval = jest.spyOn(globalThis, 'setInterval').mockImplementation((run) => {
		look = run;
		const timer = { unref: () => timer, refresh: () => timer } as unknown as NodeJS.Timeout;
		return timer;
	});
	let send: (text: string) => void = () => undefined;
	answer = (_, response) => {
		response.writeHead(200, { 'content-length': 100 });
		response.flushHeaders();
		send = (text) => void response.write(text);
	};
	let onArrival: () => void = () => undefined;
	let pause: Promise<void> | undefined;
	const content = {
		takes: () => (onArrival(), true),
		take: () => (onArrival(), pause),
	};
	let failure: unknown;
	const lookOften = async (times: number): Promise<void> => {
		for (let time = 0; time < times; time++) look();
		await nextIteration();
	};
	const arrivalAfter = async (act: () => void): Promise<void> => {
		const arrived = new Promise<void>((resolve) => (onArrival = resolve));
		act();
		await arrived;
		await nextIteration();
		// It sees what has arrived.
		look();
	};
	try {
		const connection = await open();
		await arrivalAfter(() => {
			connection.get({ ...request, content }, '/').catch((error: unknown) => (failure = error));
		});
		for (const piece of ['a', 'b', 'c']) {
			await lookOften(7);
			expect(failure).toBeUndefined();
			await arrivalAfter(() => send(piece));
		}
		let goOn: () => void = () => undefined;
		pause = new Promise((resolve) => (goOn = resolve));
		await arrivalAfter(() => send('d'));
		await lookOften(20);
		expect(failure).toBeUndefined();
		goOn();
		await nextIteration();
		await lookOften(7);
		expect(failure).toBeUndefined();
		await lookOften(1);
		expect(failure).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
	} finally {
		setInterval.mockRestore();
	}
});

it('is ended when nobody has used it for a while, but not while the next response takes longer', async () => {
	const timers = jest.spyOn(globalThis, 'setTimeout');
	answer = (_, response) => void response.end('a');
	const connection = await open();
	try {
		await connection.get(request, '/');
		timers.mockClear();
		connection.rest(5_000);
		const [expire, idleMs] = timers.mock.calls[0] ?? [];
		expect(idleMs).toBe(5_000);
		let respond = (): void => undefined;
		const asked = new Promise<void>((resolve) => {
			answer = (_, response) => {
				respond = () => void response.end('b');
				resolve();
			};
		});
		const later = connection.get(request, '/');
		await asked;
		expire?.();
		respond();
		expect(await later).toMatchObject({ text: 'b' });
		const refresh = jest.spyOn(timers.mock.results[0]?.value as NodeJS.Timeout, 'refresh');
		connection.rest(5_000);
		expect([refresh.mock.calls.length, connection.isReusable]).toEqual([1, true]);
		expire?.();
		expect(connection.isReusable).toBe(false);
	} finally {
		timers.mockRestore();
		connection.fail(undefined);
	}
});

it('has not stalled while nobody uses it, and is watched from the beginning of each request until it has failed', async () => {
	answer = (_, response) => void response.end('a');
	const connection = await open();
	const timers = jest.spyOn(globalThis, 'setInterval');
	const clearInterval = jest.spyOn(globalThis, 'clearInterval');
	try {
		await connection.get(request, '/');
		const watch = timers.mock.results[0]?.value as NodeJS.Timeout;
		const look = timers.mock.calls[0]?.[0];
		connection.rest(5_000);
		for (let time = 0; time < 20; time++) look?.();
		expect(connection.isReusable).toBe(true);
		const refresh = jest.spyOn(watch, 'refresh');
		answer = () => undefined;
		const lost = failureOf(connection.get(request, '/'));
		expect([refresh.mock.calls.length, timers.mock.calls.length]).toEqual([1, 1]);
		for (let time = 0; time < 7; time++) look?.();
		expect(clearInterval.mock.calls).toEqual([]);
		look?.();
		expect(await lost).toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
		expect(clearInterval.mock.calls).toEqual([[watch]]);
	} finally {
		timers.mockRestore();
		clearInterval.mockRestore();
	}
});
