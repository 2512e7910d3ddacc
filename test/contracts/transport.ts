import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { inspect } from 'node:util';

import { MasvCancelledError, MasvConnectionError, MasvInputError } from '../../masv/errors';
import type { Transport, TransportRequest } from '../../masv/transport';
import { headerOf } from '../../masv/transport';
import { failureOf } from '../support/failureOf';
import type { Certificate } from '../support/selfSigned';
import { patternBytes, sha256 } from '../support/testSources';

export interface TransportUnderTest {
	transport: Transport;
	/** Ends its connections. */
	close(): Promise<void>;
}

/** What cannot hold for every transport. */
export interface TransportTraits {
	/** Of the server, when the transport is to be tested with TLS. The transport must trust it. */
	certificate?: Certificate;
	/** False behind a proxy: the transport reaches the proxy, and only the proxy learns that the server refused. */
	seesRefusal?: boolean;
	/** False behind a proxy that forwards requests: it answers 502 when the server hangs up without an answer. */
	seesHangUp?: boolean;
	/** False behind a proxy that forwards requests: undici gives its connections to such a proxy no timeouts. */
	seesStall?: boolean;
}

const secret = '5ec2e7';

/**
 * What everything behind the port `masv/transport.ts` must do.
 * @param create a new transport that gives up when nothing has moved for `stallMs`
 */
export function describeTransport(
	name: string,
	create: (stallMs: number) => TransportUnderTest | Promise<TransportUnderTest>,
	{ certificate, seesRefusal = true, seesHangUp = true, seesStall = true }: TransportTraits = {},
): void {
	describe(name, () => {
		const scheme = certificate === undefined ? 'http' : 'https';
		let tested: TransportUnderTest;
		let answer: RequestListener;
		/** Sent with each request: one that was given up may reach the server through a proxy only after its test. */
		let test = 0;
		let server: Server;
		let url: string;

		beforeAll(async () => {
			const listener: RequestListener = (incoming, response) => {
				if (incoming.headers['x-test'] === String(test)) answer(incoming, response);
				else incoming.destroy();
			};
			server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
			url = `${scheme}://127.0.0.1:${await listen(server)}`;
			// Longer than a busy machine stands still.
			tested = await create(20_000);
		});
		beforeEach(() => test++);
		afterAll(async () => {
			await tested.close();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		});

		const request = { operation: 'do it', method: 'GET', maxResponseBytes: 1_000 };
		const send = async ({ headers, ...more }: Partial<TransportRequest> = {}, by = tested) =>
			await by.transport({
				...request,
				url: `${url}/a?secret=${secret}`,
				...more,
				headers: { ...headers, 'x-test': String(test) },
			});

		/** What must hold for every error. */
		async function failure<E extends Error>(more: Partial<TransportRequest> = {}, by = tested): Promise<E> {
			const error = await failureOf<E>(send(more, by));
			expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(secret);
			return error;
		}

		/** What must hold for every error of the connection. */
		async function trouble(more: Partial<TransportRequest> = {}, by = tested): Promise<MasvConnectionError> {
			const error = await failure<MasvConnectionError>(more, by);
			expect(error).toBeInstanceOf(MasvConnectionError);
			expect(error.message).toContain('do it');
			return error;
		}

		describe('answers', () => {
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

			it('reads a text whose characters are torn apart', async () => {
				answer = (_, response) => {
					const bytes = Buffer.from('ö🎬');
					const next = (at: number): void =>
						at === bytes.length
							? void response.end()
							: void response.write(bytes.subarray(at, at + 1), () => next(at + 1));
					next(0);
				};
				expect((await send()).text).toBe('ö🎬');
			});

			it.each<[string, string, RequestListener, [number, string | undefined]]>([
				['to HEAD', 'HEAD', (_, response) => response.writeHead(200, { 'content-length': '5' }).end(), [200, '5']],
				['of no content', 'DELETE', (_, response) => response.writeHead(204).end(), [204, undefined]],
				['not modified', 'GET', (_, response) => response.writeHead(304).end(), [304, undefined]],
				['of length 0', 'GET', (_, response) => response.writeHead(200, { 'content-length': '0' }).end(), [200, '0']],
			])('reads an answer %s, which has no text', async (_, method, listener, [status, length]) => {
				answer = listener;
				const answered = await send({ method });
				expect([answered.status, headerOf(answered, 'content-length'), answered.text]).toEqual([status, length, '']);
			});

			it('reads no announcement for the answer', async () => {
				answer = (_, response) => {
					response.writeProcessing();
					response.writeEarlyHints({ link: '</a>; rel=preload', 'x-early': 'yes' });
					response.writeHead(201, { 'x-late': 'yes' }).end('made');
				};
				const answered = await send();
				expect([answered.status, headerOf(answered, 'x-early'), headerOf(answered, 'x-late'), answered.text]).toEqual([
					201,
					undefined,
					'yes',
					'made',
				]);
			});

			it('does not follow a redirect', async () => {
				let asked = 0;
				answer = (_, response) => {
					asked++;
					response.writeHead(307, { location: '/elsewhere' }).end();
				};
				expect([(await send()).status, asked]).toEqual([307, 1]);
			});

			it('gives each of several requests its own answer', async () => {
				const waiting: Array<() => void> = [];
				answer = (incoming, response) => {
					waiting.push(() => response.end(incoming.url));
					if (waiting.length === 5) for (const go of waiting.reverse()) go();
				};
				const paths = ['/1', '/2', '/3', '/4', '/5'];
				const answers = await Promise.all(paths.map(async (path) => await send({ url: url + path })));
				expect(answers.map(({ text }) => text)).toEqual(paths);
			});

			it('reads no endless answer', async () => {
				answer = (_, response) => response.end('x'.repeat(1_001));
				expect(await failureOf(send())).toMatchObject({ transient: false });
				answer = (_, response) => response.end('x'.repeat(1_000));
				expect((await send()).text).toHaveLength(1_000);
			});

			it('hangs up on an answer that does not end', async () => {
				const hungUp = new Promise<void>((resolve) => {
					answer = (_, response) => {
						response.on('close', resolve);
						response.write('x'.repeat(1_001));
					};
				});
				expect(await trouble()).toMatchObject({ transient: false });
				await hungUp;
			});

			it('counts bytes, not characters', async () => {
				answer = (_, response) => response.end('ö'.repeat(501));
				expect(await trouble()).toMatchObject({ transient: false });
			});
		});

		describe('requests', () => {
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

			it('sends method and headers', async () => {
				let seen: unknown;
				answer = (incoming, response) => {
					seen = [incoming.method, incoming.headers['x-api-key'], incoming.headers.host];
					response.end();
				};
				await send({ method: 'PATCH', headers: { 'X-API-KEY': 'k{e<y=:!/,1' } });
				expect(seen).toEqual(['PATCH', 'k{e<y=:!/,1', new URL(url).host]);
			});

			it('sends each character of a header as one byte', async () => {
				let seen: unknown;
				answer = (incoming, response) => {
					seen = incoming.headers['x-odd'];
					response.end();
				};
				await send({ headers: { 'x-odd': '"é"' } });
				expect(seen).toBe('"é"');
			});

			it.each<[string, TransportRequest['body'], string]>([
				['a text', 'Größe', 'Größe'],
				['an empty text', '', ''],
				['bytes', Buffer.from('bytes'), 'bytes'],
				['part of a buffer', new Uint8Array(Buffer.from('a part of it')).subarray(2, 6), 'part'],
				['nothing', undefined, ''],
			])('sends %s with its length', async (_, body, received) => {
				const seen = new Promise((resolve) => (answer = collect(resolve)));
				await send({ method: 'POST', body });
				expect(await seen).toEqual(['POST', received, String(Buffer.byteLength(received)), undefined]);
			});

			it('sends pieces with the length that was promised, not chunked', async () => {
				const seen = new Promise((resolve) => (answer = collect(resolve)));
				async function* body() {
					yield await Promise.resolve(Buffer.from('con'));
					yield await Promise.resolve(Buffer.from('tent'));
				}
				await send({ method: 'PUT', headers: { 'content-length': '7' }, body: body() });
				expect(await seen).toEqual(['PUT', 'content', '7', undefined]);
			});

			it('sends pieces of any size, empty ones too', async () => {
				const seen = new Promise((resolve) => (answer = collect(resolve)));
				async function* body() {
					for (const piece of ['', 'c', '', 'ontent', '']) yield await Promise.resolve(Buffer.from(piece));
				}
				await send({ method: 'PUT', headers: { 'content-length': '7' }, body: body() });
				expect(await seen).toEqual(['PUT', 'content', '7', undefined]);
			});

			it.each([
				['fewer', ['con']],
				['more', ['content', '!']],
			])('fails when there are %s bytes than promised', async (_, pieces) => {
				answer = (incoming, response) => {
					incoming.resume().on('error', () => undefined);
					incoming.on('end', () => response.end());
				};
				async function* body() {
					for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
				}
				await trouble({ method: 'PUT', headers: { 'content-length': '7' }, body: body() });
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

			it('is done with a piece when the next but one is asked for', async () => {
				const content = patternBytes(64 * pieceBytes);
				const seen = new Promise((resolve) => {
					answer = (incoming, response) => {
						const pieces: Buffer[] = [];
						incoming.on('data', (piece: Buffer) => {
							pieces.push(piece);
							// Slower than the sender, so that pieces have to wait for the socket.
							incoming.pause();
							setImmediate(() => incoming.resume());
						});
						incoming.on('end', () => {
							resolve(sha256(Buffer.concat(pieces)));
							response.end();
						});
					};
				});
				async function* body() {
					const buffers = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)];
					for (let at = 0, turn = 0; at < content.length; at += pieceBytes, turn++) {
						const buffer = buffers[turn % 2] as Buffer;
						content.copy(buffer, 0, at);
						yield await Promise.resolve(buffer);
					}
				}
				await send({ method: 'PUT', headers: { 'content-length': String(content.length) }, body: body() });
				expect(await seen).toBe(sha256(content));
			});

			it('gives an answer that comes before all is sent', async () => {
				answer = (_, response) => response.writeHead(403).end('No');
				const { body, ended } = endless();
				const answered = await send({ method: 'PUT', headers: { 'content-length': String(2 ** 40) }, body });
				expect([answered.status, answered.text]).toEqual([403, 'No']);
				await ended;
			});
		});

		describe('the signal', () => {
			it('ends all requests of a signal at once', async () => {
				let coming = 0;
				const stop = new AbortController();
				const haveCome = new Promise<void>((resolve) => {
					answer = () => {
						if (++coming === 3) resolve();
					};
				});
				const sent = [1, 2, 3].map(async () => await failure({ signal: stop.signal }));
				await haveCome;
				stop.abort();
				for (const error of await Promise.all(sent)) expect(error).toBeInstanceOf(MasvCancelledError);
			});

			it('sends nothing when it has aborted before', async () => {
				const seen: unknown[] = [];
				answer = (incoming, response) => {
					seen.push(incoming.url);
					response.end();
				};
				const error = await failure({ url: `${url}/never`, signal: AbortSignal.abort() });
				expect(error).toBeInstanceOf(MasvCancelledError);
				await send({ url: `${url}/next` });
				expect(seen).toEqual(['/next']);
			});

			it('sends nothing when it aborts while connecting', async () => {
				const fresh = await create(20_000);
				const seen: unknown[] = [];
				answer = (incoming, response) => {
					seen.push(incoming.url);
					response.end();
				};
				const stop = new AbortController();
				const sent = failureOf(send({ url: `${url}/never`, signal: stop.signal }, fresh));
				stop.abort();
				expect(await sent).toBeInstanceOf(MasvCancelledError);
				await send({ url: `${url}/next` }, fresh);
				expect(seen).toEqual(['/next']);
				await fresh.close();
			});

			it('ends the wait for a server that accepts the connection and says nothing', async () => {
				const stop = new AbortController();
				const accepted: Socket[] = [];
				const silent = createSocketServer((socket) => {
					accepted.push(socket.on('error', () => undefined));
					stop.abort();
				});
				const port = await listen(silent);
				const error = await failure({ url: `${scheme}://127.0.0.1:${port}/`, signal: stop.signal });
				expect(error).toBeInstanceOf(MasvCancelledError);
				for (const socket of accepted) socket.destroy();
				await new Promise((resolve) => silent.close(resolve));
			});

			it('stops in the middle of a body, and ends the body', async () => {
				answer = (incoming) => incoming.resume().on('error', () => undefined);
				const stop = new AbortController();
				const { body, ended } = endless((turn) => turn === 20 && stop.abort());
				const headers = { 'content-length': String(2 ** 40) };
				expect(await failure({ method: 'PUT', headers, body, signal: stop.signal })).toBeInstanceOf(MasvCancelledError);
				await ended;
			});

			it('stops while the server takes nothing of the body', async () => {
				const stop = new AbortController();
				answer = () => stop.abort();
				const { body, ended } = endless();
				const headers = { 'content-length': String(2 ** 40) };
				expect(await failure({ method: 'PUT', headers, body, signal: stop.signal })).toBeInstanceOf(MasvCancelledError);
				await ended;
			});

			it('stops in the middle of an answer', async () => {
				const stop = new AbortController();
				answer = (_, response) => {
					response.writeHead(200);
					response.write('half', () => stop.abort());
				};
				expect(await failureOf(send({ signal: stop.signal }))).toBeInstanceOf(MasvCancelledError);
			});

			it('throws an error of this package that it was aborted with', async () => {
				const reason = new MasvInputError('The file changed', { code: 'file_changed', field: 'Files' });
				const stop = new AbortController();
				answer = () => stop.abort(reason);
				expect(await failureOf(send({ signal: stop.signal }))).toBe(reason);
			});

			it('changes nothing when it aborts after the answer, or for the next request', async () => {
				const stop = new AbortController();
				answer = (_, response) => response.end('whole');
				const answered = await send({ signal: stop.signal });
				stop.abort();
				expect([answered.text, (await send()).text]).toEqual(['whole', 'whole']);
			});
		});

		describe('trouble', () => {
			if (seesRefusal) {
				it('knows that a request which was never taken was not carried out', async () => {
					const closed = createServer();
					const port = await listen(closed);
					await new Promise((resolve) => closed.close(resolve));
					const error = await trouble({ url: `${scheme}://127.0.0.1:${port}/a?secret=${secret}` });
					expect(error).toMatchObject({ mayHaveSucceeded: false, transient: true });
				});
			}

			if (seesHangUp) {
				it('knows that a request whose answer breaks off may have been carried out', async () => {
					answer = (incoming) => incoming.socket.destroy();
					expect(await trouble()).toMatchObject({ mayHaveSucceeded: true, transient: true });
				});

				it('takes no announcement for the beginning of an answer', async () => {
					answer = (incoming, response) =>
						response.writeEarlyHints({ link: '</a>; rel=preload' }, () => incoming.socket.destroy());
					expect((await trouble()).message).not.toContain('after the response started');
				});
			}

			it('names the status when the answer breaks off in the middle', async () => {
				answer = (_, response) => {
					response.writeHead(200, { 'content-length': '10' });
					response.write('half', () => response.destroy());
				};
				const error = await trouble();
				expect(error.message).toContain('after the response started (200)');
				expect(error.mayHaveSucceeded).toBe(true);
			});

			it('takes a wrong address for what it is', async () => {
				const error = await trouble({ url: `nonsense?secret=${secret}` });
				expect(error).toMatchObject({ mayHaveSucceeded: false, transient: false });
			});

			it('goes on with the next request', async () => {
				answer = (_, response) => {
					response.writeHead(200, { 'content-length': '10' });
					response.write('half', () => response.destroy());
				};
				await trouble();
				answer = (_, response) => response.end('whole');
				expect((await send()).text).toBe('whole');
			});
		});

		if (!seesStall) return;

		describe('stalls', () => {
			let impatient: TransportUnderTest;
			beforeAll(async () => void (impatient = await create(300)));
			afterAll(async () => await impatient.close());

			it('gives up on a server that says nothing', async () => {
				answer = () => undefined;
				const error = await trouble({}, impatient);
				expect(error.message).toContain('stopped responding');
				expect(error).toMatchObject({ mayHaveSucceeded: true, transient: true });
			});

			it('gives up on an answer that stops', async () => {
				answer = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('half');
				expect(await trouble({}, impatient)).toMatchObject({ mayHaveSucceeded: true, transient: true });
			});

			it('asks for no more of a body than the sockets take', async () => {
				answer = () => undefined;
				let asked = 0;
				const { body } = endless((turn) => (asked = turn), 1_024);
				const headers = { 'content-length': String(1_024 * pieceBytes) };
				expect(await trouble({ method: 'PUT', headers, body }, impatient)).toMatchObject({ transient: true });
				// Without back-pressure all of it is taken, long before the transport gives up.
				expect(asked).toBeLessThan(1_023);
			});
		});
	});
}

/** Above the high-water mark of every socket, as the pieces of a part are. */
const pieceBytes = 512 * 1024;

/** A body of so many pieces, and when it was ended. */
function endless(onPiece: (turn: number) => unknown = () => undefined, pieces = Infinity) {
	let end: () => void;
	const ended = new Promise<void>((resolve) => (end = resolve));
	const piece = Buffer.alloc(pieceBytes);
	async function* body(): AsyncGenerator<Uint8Array> {
		try {
			for (let turn = 0; turn < pieces; turn++) {
				onPiece(turn);
				yield await Promise.resolve(piece);
			}
		} finally {
			end();
		}
	}
	return { body: body(), ended };
}

/** Answers when the request is there, and tells method, body, length and encoding. */
function collect(tell: (seen: unknown) => void): RequestListener {
	return (incoming: IncomingMessage, response: ServerResponse) => {
		const pieces: Buffer[] = [];
		incoming.on('data', (piece: Buffer) => pieces.push(piece));
		incoming.on('end', () => {
			const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
			tell([incoming.method, Buffer.concat(pieces).toString(), length, encoding]);
			response.end();
		});
	};
}

async function listen(server: ReturnType<typeof createSocketServer>): Promise<number> {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}
