import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { getCACertificates, createServer as createTlsServer, setDefaultCACertificates } from 'node:tls';

import type { MasvConnectionError } from '../../../masv/errors';
import { createNodeTransport } from '../../../masv/node/nodeTransport';
import { failureOf } from '../../support/failureOf';
import { selfSigned } from '../../support/selfSigned';

const certificate = selfSigned();
const trusted = getCACertificates('default');
const variables = [
	'HTTP_PROXY',
	'http_proxy',
	'HTTPS_PROXY',
	'https_proxy',
	'NO_PROXY',
	'no_proxy',
	'ALL_PROXY',
	'all_proxy',
];
const before = { ...process.env };
/** Longer than any test may take. */
const patientMs = 120_000;
const shortMs = 100;

beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));
beforeEach(() => variables.forEach((name) => void delete process.env[name]));
afterEach(() => void (process.env = { ...before }));

type Scheme = 'http' | 'https';
type Handle = (socket: Socket) => void;

const silent: Handle = () => undefined;
/** A response whose head never ends. */
const dripping: Handle = (socket) => {
	socket.write('HTTP/1.1 200 OK\r\nx-drip: ');
	const timer = setInterval(() => socket.write('x'), shortMs / 10);
	socket.on('close', () => clearInterval(timer));
};
const answering =
	(status: string): Handle =>
	(socket) =>
		socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
const closing: Handle = (socket) => void socket.end();
/** Opens the tunnel, and then says nothing. */
const silentTunnel: Handle = (socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\n');

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** @param handle told each connection when the first request has arrived on it */
async function startProxy(scheme: Scheme, handle: Handle) {
	const closings: Array<Promise<void>> = [];
	const onConnection = (socket: Socket): void => {
		socket.on('error', () => undefined);
		closings.push(new Promise((resolve) => socket.once('close', () => resolve())));
		socket.once('data', () => handle(socket));
	};
	const server = scheme === 'https' ? createTlsServer(certificate, onConnection) : createServer(onConnection);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	servers.push(server);
	return {
		url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
		/** Resolves when no connection is left. */
		closed: async () => void (await Promise.all(closings)),
	};
}

type Road = 'through a tunnel' | 'forwarded';
const targets = { 'through a tunnel': 'https://storage.test/part', forwarded: 'http://storage.test/part' };

/** What becomes of a request through this proxy, once the proxy has no connection left. */
async function outcomeOf(
	road: Road,
	[scheme, handle]: [Scheme, Handle],
	timeouts: { connectMs: number; stallMs: number },
	signal?: AbortSignal,
) {
	const proxy = await startProxy(scheme, handle);
	process.env.HTTP_PROXY = process.env.HTTPS_PROXY = proxy.url;
	const transport = createNodeTransport(timeouts);
	const error = await failureOf<MasvConnectionError>(
		transport({
			...{ operation: 'get it', method: 'GET', url: targets[road], headers: {}, body: undefined },
			...{ maxResponseBytes: 99, signal },
		}),
	);
	await proxy.closed();
	await transport.destroy();
	const { code, mayHaveSucceeded, transient, message } = error;
	return { code, mayHaveSucceeded, transient, message: message.replace(proxy.url, 'X') };
}

const never = { mayHaveSucceeded: false, transient: true };

describe.each<Scheme>(['http', 'https'])('a proxy that is connected to over %s', (scheme) => {
	const connectSoon = { connectMs: shortMs, stallMs: patientMs };
	const stallSoon = { connectMs: patientMs, stallMs: shortMs };
	const patient = { connectMs: patientMs, stallMs: patientMs };

	it.each([
		['says nothing', silent],
		['never ends the head of its answer', dripping],
	])('and %s is left after the limit for a connection, not that of a request', async (_, handle) => {
		const message = 'Could not get it. The connection to the proxy X timed out [UND_ERR_CONNECT_TIMEOUT]';
		const expected = { code: 'connection_timeout', ...never, message };
		expect(await outcomeOf('through a tunnel', [scheme, handle], connectSoon)).toEqual(expected);
	});

	it('and whose tunnel is silent is left after the limit for a connection', async () => {
		const outcome = await outcomeOf('through a tunnel', [scheme, silentTunnel], connectSoon);
		expect(outcome).toMatchObject({ code: 'connection_timeout', ...never });
	});

	it('is left after the limit for a connection although nobody waits for the tunnel any more', async () => {
		const stop = new AbortController();
		const abort: Handle = () => stop.abort();
		expect(await outcomeOf('through a tunnel', [scheme, abort], connectSoon, stop.signal)).toMatchObject({
			message: expect.any(String) as string,
		});
	});

	it.each([
		['says nothing', silent],
		['never ends the head of its answer', dripping],
	])('and %s to a request that it should forward is left when that has stalled', async (_, handle) => {
		expect(await outcomeOf('forwarded', [scheme, handle], stallSoon)).toMatchObject({ code: 'connection_stalled' });
	});

	it.each<[string, Handle, object]>([
		['hangs up', closing, { code: 'connection_lost', ...never }],
		['answers 407', answering('407 No'), { code: 'proxy_authentication_required', ...never, transient: false }],
		['answers 502', answering('502 No'), { code: 'connection_lost', ...never }],
		['answers 403', answering('403 No'), { code: 'proxy_refused', ...never, transient: false }],
	])('and %s instead of opening a tunnel fails the request at once', async (_, handle, expected) => {
		expect(await outcomeOf('through a tunnel', [scheme, handle], patient)).toMatchObject(expected);
	});

	it('and hangs up instead of forwarding fails the request at once', async () => {
		expect(await outcomeOf('forwarded', [scheme, closing], patient)).toMatchObject({ code: 'connection_lost' });
	});
});
