import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { MasvCancelledError, MasvConnectionError, MasvInputError } from '../../../masv/errors';
import { headerOf } from '../../../masv/transport';
import { failureOf } from '../../support/failureOf';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';

const dispatcher = createDispatcher({ connectMs: 2_000, stallMs: 300 });
const transport = createTransport(dispatcher);
let answer: RequestListener;
let server: Server;
let url: string;

beforeAll(async () => {
	server = createServer((request, response) => answer(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	await dispatcher.destroy();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const request = { operation: 'do it', method: 'GET', headers: {}, maxResponseBytes: 1_000 };
const send = async (more = {}) => await transport({ ...request, url: `${url}/a?secret=5ec2e7`, ...more });

/** What must hold for every error of the connection. */
async function trouble(more = {}): Promise<MasvConnectionError> {
	const error = await failureOf<MasvConnectionError>(send(more));
	expect(error).toBeInstanceOf(MasvConnectionError);
	expect(JSON.stringify([error.message, error.hint, (error.cause as Error).message])).not.toContain('5ec2e7');
	return error;
}

describe('the transport', () => {
	it('gives status, headers in lower case, repeated ones joined, and the text', async () => {
		answer = (_, response) => {
			response.setHeader('X-Odd', ['a', 'b']);
			response.writeHead(418, { ETag: '"1"' });
			response.end('Größe');
		};
		const answered = await send();
		expect([answered.status, headerOf(answered, 'etag'), headerOf(answered, 'x-odd'), answered.text]).toEqual([
			418,
			'"1"',
			'a, b',
			'Größe',
		]);
	});

	it.each([
		['/a?b=c&d=%2F', '/a?b=c&d=%2F'],
		['', '/'],
		['?b', '/?b'],
		['/größe ?b=ü', '/gr%C3%B6%C3%9Fe%20?b=%C3%BC'],
		['/a?b#c', '/a?b'],
		["/a?b='c'", '/a?b=%27c%27'],
		['/a/../b/./%2e%2e/c', '/c'],
	])('asks for "%s" as %s', async (given, asked) => {
		let seen: unknown;
		answer = (incoming, response) => {
			seen = incoming.url;
			response.end();
		};
		await send({ url: url + given });
		expect(seen).toBe(asked);
	});

	it('ends all requests of a signal at once', async () => {
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

	it('sends pieces with the length that was promised, not chunked', async () => {
		let seen: unknown;
		answer = (incoming, response) => {
			const pieces: Buffer[] = [];
			incoming.on('data', (piece: Buffer) => pieces.push(piece));
			incoming.on('end', () => {
				const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
				seen = [incoming.method, Buffer.concat(pieces).toString(), length, encoding];
				response.end();
			});
		};
		async function* body() {
			yield await Promise.resolve(Buffer.from('con'));
			yield await Promise.resolve(Buffer.from('tent'));
		}
		await send({ method: 'PUT', headers: { 'content-length': '7' }, body: body() });
		expect(seen).toEqual(['PUT', 'content', '7', undefined]);
	});

	it('does not follow a redirect', async () => {
		let asked = 0;
		answer = (_, response) => {
			asked++;
			response.writeHead(307, { location: '/elsewhere' }).end();
		};
		expect([(await send()).status, asked]).toEqual([307, 1]);
	});

	it('throws the error of a body as it is', async () => {
		answer = (incoming) => incoming.resume();
		const reason = new MasvInputError('The file changed', { code: 'file_changed', field: 'Files' });
		async function* body() {
			yield await Promise.resolve(Buffer.from('c'));
			throw reason;
		}
		expect(await failureOf(send({ method: 'PUT', headers: { 'content-length': '7' }, body: body() }))).toBe(reason);
	});

	it('knows that a request which was never taken was not carried out', async () => {
		const closed = createServer();
		await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
		const { port } = closed.address() as AddressInfo;
		await new Promise((resolve) => closed.close(resolve));
		const error = await trouble({ url: `http://127.0.0.1:${port}/a?secret=5ec2e7` });
		expect(error).toMatchObject({ mayHaveSucceeded: false, transient: true });
	});

	it('knows that a request whose answer breaks off may have been carried out', async () => {
		answer = (incoming) => incoming.socket.destroy();
		expect(await trouble()).toMatchObject({ mayHaveSucceeded: true, transient: true });
	});

	it('names the status when the answer breaks off in the middle', async () => {
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': '10' });
			response.write('half', () => response.destroy());
		};
		const error = await trouble();
		expect(error.message).toContain('after it had begun to answer (200)');
		expect(error.mayHaveSucceeded).toBe(true);
	});

	it('gives up on a server that says nothing', async () => {
		answer = () => undefined;
		const error = await trouble();
		expect(error.message).toContain('nothing moved for too long');
		expect(error).toMatchObject({ mayHaveSucceeded: true, transient: true });
	});

	it('reads no endless answer', async () => {
		answer = (_, response) => response.end('x'.repeat(1_001));
		expect(await failureOf(send())).toMatchObject({ transient: false });
		answer = (_, response) => response.end('x'.repeat(1_000));
		expect((await send()).text).toHaveLength(1_000);
	});

	it('takes a wrong address for what it is', async () => {
		expect(await failureOf(send({ url: 'nonsense' }))).toMatchObject({ mayHaveSucceeded: false, transient: false });
	});

	it('stops in the middle of an answer', async () => {
		const stop = new AbortController();
		answer = (_, response) => {
			response.writeHead(200);
			response.write('half', () => stop.abort());
		};
		expect(await failureOf(send({ signal: stop.signal }))).toBeInstanceOf(MasvCancelledError);
	});
});
