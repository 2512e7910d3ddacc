import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Socket } from 'node:net';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { TlsConnection } from '../../../masv/node/tlsConnection';
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
		return { unref: () => undefined } as unknown as NodeJS.Timeout;
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

it('is not ended as one that nobody uses while the next response takes longer', async () => {
	answer = (_, response) => void response.end('a');
	const connection = await open();
	await connection.get(request, '/');
	const setTimeout = jest.spyOn(Socket.prototype, 'setTimeout');
	try {
		connection.rest(5_000);
		await connection.get(request, '/');
		const ofClient = setTimeout.mock.contexts.map((socket: Socket) => socket.remotePort === Number(origin.port));
		expect(setTimeout.mock.calls.filter((_, index) => ofClient[index])).toEqual([[5_000], [0]]);
	} finally {
		setTimeout.mockRestore();
		connection.fail(undefined);
	}
});

it('is not watched any more once nobody uses it, or it has failed', async () => {
	answer = (_, response) => void response.end('a');
	const connection = await open();
	const setInterval = jest.spyOn(globalThis, 'setInterval');
	const clearInterval = jest.spyOn(globalThis, 'clearInterval');
	const isWatched = (): boolean => {
		const watch: unknown = setInterval.mock.results.at(-1)?.value;
		return !clearInterval.mock.calls.some(([cleared]) => cleared === watch);
	};
	try {
		await connection.get(request, '/');
		expect(isWatched()).toBe(true);
		connection.rest(5_000);
		expect(isWatched()).toBe(false);
		const lost = failureOf(connection.get(request, '/'));
		expect(isWatched()).toBe(true);
		connection.fail(new Error('lost'));
		await lost;
		expect(isWatched()).toBe(false);
	} finally {
		setInterval.mockRestore();
		clearInterval.mockRestore();
	}
});
