import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { inspect } from 'node:util';

import type { MasvConnectionError } from '../../../masv/errors';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import type { TransportRequest } from '../../../masv/transport';
import { failureOf } from '../../support/failureOf';
import { patientTimeouts } from '../../support/patientTimeouts';
import { selfSigned } from '../../support/selfSigned';
import { startTunnelProxy } from '../../support/tunnelProxy';

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const before = names.map((name) => [name, process.env[name]] as const);
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeEach(() => {
	for (const name of names) delete process.env[name];
});
afterEach(async () => {
	for (const [name, value] of before) {
		if (value === undefined) delete process.env[name];
		else process.env[name] = value;
	}
	for (const socket of sockets) socket.destroy();
	await Promise.all(servers.splice(0).map(async (server) => await new Promise((resolve) => server.close(resolve))));
});

async function start(server: Server): Promise<string> {
	servers.push(server.on('connection', (socket: Socket) => sockets.add(socket)));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers each request, or each part of one, with these bytes. */
async function startAnswering(text: string): Promise<string> {
	return await start(
		createSocketServer((socket) => socket.on('error', () => undefined).on('data', () => void socket.write(text))),
	);
}

const toRequest = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
	operation: 'do it',
	method: 'GET',
	url,
	headers: {},
	maxResponseBytes: 1_000,
	...more,
});

async function send(url: string, more?: Partial<TransportRequest>) {
	const dispatcher = createDispatcher(patientTimeouts);
	try {
		return await createTransport(dispatcher)(toRequest(url, more));
	} finally {
		await dispatcher.destroy();
	}
}

const failure = async (url: string): Promise<MasvConnectionError> => await failureOf<MasvConnectionError>(send(url));

describe('a proxy', () => {
	it.each([
		[407, 'proxy_authentication_required', false, 'requires a valid user name and password'],
		[403, 'proxy_refused', false, 'responded with 403 and opened no connection to the server'],
		[502, 'connection_lost', true, 'responded with 502 and opened no connection to the server'],
	])('that answers %i to a tunnel is named', async (status, code, transient, says) => {
		const proxy = await startAnswering(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
		process.env.HTTPS_PROXY = `http://user:pa55word@${proxy}`;
		const error = await failure('https://api.masv.test/v1');
		expect(error.message).toContain(`The proxy http://${proxy} ${says}`);
		expect(error).toMatchObject({ code, transient, mayHaveSucceeded: false });
		expect(inspect(error, { showHidden: true, depth: Infinity })).not.toContain('pa55word');
	});

	it('that wants a password for a plain HTTP server is no mistake in the request', async () => {
		process.env.HTTP_PROXY = await startAnswering('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n');
		const error = await failure('http://api.masv.test/v1');
		expect(error).toMatchObject({ code: 'proxy_authentication_required', transient: false });
		expect(error.message).toContain('The proxy requires a valid user name and password');
	});

	it.each([
		['a percent sign', 'u:50%', 'u:50%'],
		['an escape', 'u:p%40ss', 'u:p@ss'],
	])('gets a password with %s as it is meant', async (_, written, meant) => {
		let authorization: string | undefined;
		const proxy = await start(
			createServer((request, response) => {
				authorization = request.headers['proxy-authorization'];
				response.end('there');
			}),
		);
		process.env.HTTP_PROXY = `http://${written}@${proxy}/path?query`;
		expect((await send('http://api.masv.test/v1')).text).toBe('there');
		expect(authorization).toBe(`Basic ${Buffer.from(meant).toString('base64')}`);
	});

	it('that does not exist is named in a whole sentence', async () => {
		process.env.HTTP_PROXY = 'http://proxy.invalid:3128';
		expect((await failure('http://api.masv.test/v1')).message).toContain(
			'. The proxy http://proxy.invalid:3128 was not found',
		);
	});

	it.each(['https', 'http'])('that cannot be reached is named instead of the server (%s)', async (scheme) => {
		const proxy = await start(createSocketServer());
		const [server] = servers.splice(0);
		await new Promise((resolve) => server?.close(resolve));
		process.env.ALL_PROXY = proxy;
		const error = await failure(`${scheme}://api.masv.test/v1`);
		expect(error.message).toContain(`The proxy http://${proxy} refused the connection`);
		expect(error).toMatchObject({ code: 'connection_refused', transient: true, mayHaveSucceeded: false });
		expect(error.facts.proxy).toBe(`http://${proxy}`);
	});

	it.each(['socks5://127.0.0.1:9', 'socks4://127.0.0.1:9', 'ftp://127.0.0.1:9'])(
		'of another kind is named at once: %s',
		async (proxy) => {
			process.env.all_proxy = proxy;
			for (const scheme of ['http', 'https']) {
				const error = await failure(`${scheme}://api.masv.test/v1`);
				expect(error.message).toContain(`The proxy ${proxy} is not an HTTP proxy`);
				expect(error).toMatchObject({ code: 'proxy_unsupported', transient: false });
			}
		},
	);

	it('of another kind does not matter for a server that needs none', async () => {
		process.env.ALL_PROXY = 'socks5://127.0.0.1:9';
		process.env.NO_PROXY = '127.0.0.1';
		const server = await startAnswering('HTTP/1.1 204 No Content\r\n\r\n');
		expect((await send(`http://${server}/`)).status).toBe(204);
	});

	it.each(['HTTP_PROXY', 'HTTPS_PROXY'])('in %s, in upper or lower case, is used for its scheme only', async (name) => {
		const proxy = await startTunnelProxy();
		const plain = await start(createServer((_, response) => response.end('here')));
		const secure = await start(createSecureServer(selfSigned()));
		for (const each of [name, name.toLowerCase()]) {
			delete process.env[name];
			process.env[each] = proxy.url;
			expect((await send(`http://${plain}/`)).text).toBe('here');
			expect(await failure(`https://${secure}/`)).toMatchObject({ code: 'certificate_not_trusted' });
		}
		const passed = name === 'HTTP_PROXY' ? `GET http://${plain}` : `CONNECT ${secure}`;
		expect(proxy.passed).toEqual([passed, passed]);
		await proxy.close();
	});

	it('in ALL_PROXY is used, but not before the one of the scheme', async () => {
		const [all, own] = [await startTunnelProxy(), await startTunnelProxy()];
		const server = await start(createServer((_, response) => response.end('here')));
		process.env.ALL_PROXY = all.url;
		expect((await send(`http://${server}/`)).text).toBe('here');
		process.env.http_proxy = own.url;
		expect((await send(`http://${server}/`)).text).toBe('here');
		expect([all.passed, own.passed]).toEqual([[`GET http://${server}`], [`GET http://${server}`]]);
		await Promise.all([all.close(), own.close()]);
	});
});

describe('a server', () => {
	it('that does not speak HTTPS on its port is named so, at once', async () => {
		const server = await start(createServer((_, response) => response.end()));
		const error = await failure(`https://${server}/`);
		expect(error.message).toContain(`${server} does not speak HTTPS on this port`);
		expect(error).toMatchObject({ code: 'tls_failed', transient: false, mayHaveSucceeded: false });
	});

	it('that supports only old versions of TLS is named so, at once', async () => {
		const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
		const server = await start(createSecureServer({ ...selfSigned(), ...old }));
		const error = await failure(`https://${server}/`);
		expect(error.message).toContain('no TLS version');
		expect(error).toMatchObject({ code: 'tls_failed', transient: false, mayHaveSucceeded: false });
	});

	it('that has no cipher in common is named so, at once', async () => {
		const other = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' } as const;
		const server = await start(createSecureServer({ ...selfSigned(), ...other }));
		const error = await failure(`https://${server}/`);
		expect(error.message).toContain('no TLS version or cipher in common');
		expect(error).toMatchObject({ code: 'tls_failed', transient: false, mayHaveSucceeded: false });
	});

	it('that does not speak HTTP is named so', async () => {
		const server = await startAnswering('220 smtp.masv.test ESMTP\r\n');
		expect((await failure(`http://${server}/`)).message).toContain(`The response from ${server} is not HTTP`);
	});

	it.each([
		['one', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		[
			'several',
			`${'HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n'.repeat(3)}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored`,
		],
	])('that says 100 Continue unasked, %s, has its answer read', async (_, text) => {
		const server = await startAnswering(text);
		expect(await send(`http://${server}/`, { method: 'PUT', body: 'x' })).toMatchObject({
			status: 200,
			text: 'stored',
		});
	});

	it.each([
		['within the version', 'HTTP/1.', '1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		['within the reason', 'HTTP/1.1 100 Con', 'tinue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		['within the last line', 'HTTP/1.1 100 Continue\r\n\r', '\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		['before the answer', 'HTTP/1.1 100 Continue\r\n\r\nHT', 'TP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		['of HTTP 1.0', 'HTTP/1.0 100', ' Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
		['within the answer', 'HTTP/1.1 10', '3 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored'],
	])('that says 100 Continue in two pieces, cut %s, has its answer read', async (_, first, second) => {
		const server = await start(
			createSocketServer((socket) => {
				socket.setNoDelay();
				socket.once('data', () => {
					socket.write(first);
					// As soon as the client has read the first piece.
					setImmediate(() => setImmediate(() => socket.write(second)));
				});
			}),
		);
		expect(await send(`http://${server}/`, { method: 'PUT', body: 'x' })).toMatchObject({
			status: 200,
			text: 'stored',
		});
	});

	it('that says 100 Continue to every request on a connection has each of its answers read', async () => {
		let connections = 0;
		const server = await start(
			createSocketServer((socket) => {
				connections++;
				socket.on('data', (piece: Buffer) => {
					// The body may arrive after the head.
					if (!piece.toString().endsWith('x')) return;
					socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored');
				});
			}),
		);
		const dispatcher = createDispatcher(patientTimeouts);
		const transport = createTransport(dispatcher);
		try {
			for (let turn = 0; turn < 3; turn++) {
				expect((await transport(toRequest(`http://${server}/`, { method: 'PUT', body: Buffer.from('x') }))).text).toBe(
					'stored',
				);
			}
			// The first connection may not be free yet when the second request is sent.
			expect(connections).toBeLessThan(3);
		} finally {
			await dispatcher.destroy();
		}
	});

	it('whose body reads like 100 Continue has its whole body read', async () => {
		const body = `HTTP/1.1 100 Continue\r\n\r\n${'x'.repeat(20)}`;
		const server = await start(
			createSocketServer((socket) => {
				socket.setNoDelay();
				socket.once('data', () => {
					socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
					setImmediate(() => setImmediate(() => socket.write(body)));
				});
			}),
		);
		expect((await send(`http://${server}/`)).text).toBe(body);
	});

	it('that says 100 Continue before it reads the body gets the whole body', async () => {
		const body = Buffer.alloc(3_000_000, 'x');
		let received = 0;
		const server = await start(
			createSocketServer((socket) => {
				socket.write('HTTP/1.1 100 Continue\r\n\r\n');
				socket.on('data', (piece: Buffer) => {
					received += piece.length;
					if (received >= body.length) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstored');
				});
			}),
		);
		expect((await send(`http://${server}/`, { method: 'PUT', body })).text).toBe('stored');
	});
});
