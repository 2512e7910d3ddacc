import type { RequestListener, Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
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

it('has stalled after eight looks in a row at which nothing new had arrived, unless it was the content that had to wait', async () => {
	const looks: Array<() => void> = [];
	const setInterval = jest.spyOn(globalThis, 'setInterval').mockImplementation((look) => {
		looks.push(look);
		return { unref: () => undefined } as NodeJS.Timeout;
	});
	const look = (times: number): void => {
		for (let time = 0; time < times; time++) looks.at(-1)?.();
	};
	let send: (text: string) => void = () => undefined;
	answer = (_, response) => {
		response.writeHead(200, { 'content-length': 100 });
		response.flushHeaders();
		send = (text) => void response.write(text);
	};
	let next: () => void = () => undefined;
	let pause: Promise<void> | undefined;
	const arrival = async (): Promise<void> => await new Promise((resolve) => (next = resolve));
	const content = {
		takes: () => (next(), true),
		take: () => (next(), pause),
	};
	try {
		const connection = await open();
		const head = arrival();
		const ended = failureOf(connection.get({ ...request, content }, '/'));
		await head;
		for (const piece of ['a', 'b', 'c']) {
			look(7);
			const arrived = arrival();
			send(piece);
			await arrived;
		}
		let goOn: () => void = () => undefined;
		pause = new Promise((resolve) => (goOn = resolve));
		const waits = arrival();
		send('d');
		await waits;
		look(20);
		goOn();
		await pause;
		await Promise.resolve();
		look(7);
		expect(connection.status).toBe(200);
		look(1);
		expect(await ended).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
	} finally {
		setInterval.mockRestore();
	}
});
