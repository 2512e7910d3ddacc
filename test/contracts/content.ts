import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { MasvCancelledError, MasvConnectionError, MasvTransferError } from '../../masv/errors';
import type { ResponseContent, ResponseHead, TransportRequest, TransportResponse } from '../../masv/transport';
import { headerOf } from '../../masv/transport';
import { failureOf } from '../support/failureOf';
import type { Certificate } from '../support/selfSigned';
import { patternBytes } from '../support/testSources';
import type { TransportUnderTest } from './transport';

/** Takes all that comes, and remembers it. */
function collector(
	more: Partial<ResponseContent> = {},
): ResponseContent & { heads: ResponseHead[]; bytes: () => Buffer } {
	const heads: ResponseHead[] = [];
	const pieces: Buffer[] = [];
	return {
		heads,
		bytes: () => Buffer.concat(pieces),
		takes: (head) => {
			heads.push(head);
			return true;
		},
		take: (piece) => {
			pieces.push(Buffer.from(piece));
			return undefined;
		},
		...more,
	};
}

/**
 * What everything behind the port `masv/transport.ts` must do with `content`, whatever road the bytes take.
 * @param create a new transport that gives up when nothing has moved for `stallMs`
 * @param certificate of the server, to test with TLS
 */
export function describeContent(
	name: string,
	create: (stallMs: number) => TransportUnderTest,
	certificate?: Certificate,
): void {
	describe(`${name}, with content`, () => {
		let tested: TransportUnderTest;
		let answer: RequestListener;
		let server: Server;
		let url: string;
		let connections = 0;

		beforeAll(async () => {
			const listener: RequestListener = (incoming, response) => answer(incoming, response);
			server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
			server.on(certificate === undefined ? 'connection' : 'secureConnection', () => connections++);
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
			const scheme = certificate === undefined ? 'http' : 'https';
			url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
		});
		beforeEach(() => {
			connections = 0;
			tested = create(20_000);
		});
		afterEach(async () => await tested.close());
		afterAll(async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		});

		const get = async (content: ResponseContent, more: Partial<TransportRequest> = {}): Promise<TransportResponse> =>
			await tested.transport({
				operation: 'get it',
				method: 'GET',
				url: `${url}/a%20b?c='d'`,
				headers: {},
				maxResponseBytes: 1_000,
				content,
				...more,
			});

		/** Sends bytes as plain content. */
		const plain =
			(bytes: Buffer, headers: Record<string, string> = {}): RequestListener =>
			(_, response) => {
				response.writeHead(200, { 'content-length': bytes.length, ...headers });
				response.end(bytes);
			};
		const large = patternBytes(5_000_001, 7);

		it('hands over the head first, then all bytes in order, and has no text', async () => {
			answer = plain(large, { ETag: '"1"' });
			const content = collector();
			const response = await get(content);
			expect(content.heads).toHaveLength(1);
			expect([content.heads[0]?.status, headerOf(content.heads[0] as ResponseHead, 'etag')]).toEqual([200, '"1"']);
			expect(content.bytes().equals(large)).toBe(true);
			expect([response.status, response.text, headerOf(response, 'etag')]).toEqual([200, '', '"1"']);
		});

		it('sends target and headers as they are', async () => {
			let seen: IncomingMessage | undefined;
			answer = (incoming, response) => {
				seen = incoming;
				response.end('x');
			};
			await get(collector(), { headers: { range: 'bytes=0-0', 'x-odd': 'a, b' } });
			expect(seen?.url).toMatch(/^\/a%20b\?c=('d'|%27d%27)$/);
			expect(seen?.headers).toMatchObject({ host: url.split('//')[1], range: 'bytes=0-0', 'x-odd': 'a, b' });
		});

		it('does not hand over anything while the content asks it to wait', async () => {
			answer = plain(large);
			let isWaiting = false;
			let taken = 0;
			let early = 0;
			const content = collector({
				take: (piece) => {
					if (isWaiting) early++;
					taken += piece.length;
					isWaiting = true;
					return new Promise((resolve) =>
						setImmediate(() => {
							isWaiting = false;
							resolve();
						}),
					);
				},
			});
			await get(content);
			expect([taken, early]).toEqual([large.length, 0]);
		});

		it('stops the server while the content asks it to wait', async () => {
			const huge = 64 * 1024 * 1024;
			let sent = 0;
			let full: () => void = () => undefined;
			const isFull = new Promise<void>((resolve) => (full = resolve));
			const piece = Buffer.alloc(1024 * 1024);
			answer = (_, response) => {
				response.writeHead(200, { 'content-length': huge });
				const next = (): void => {
					for (; sent < huge;) {
						sent += piece.length;
						if (!response.write(piece)) {
							// Not taken for a good while by any measure of the loopback interface: many turns of the loop.
							let turns = 0;
							const watch = (): void => {
								if (response.writableNeedDrain && turns++ < 20_000) setImmediate(watch);
								else if (response.writableNeedDrain) full();
							};
							watch();
							response.once('drain', next);
							return;
						}
					}
					response.end();
				};
				next();
			};
			let go: () => void = () => undefined;
			const gate = new Promise<void>((resolve) => (go = resolve));
			let isFirst = true;
			let taken = 0;
			const done = get(
				collector({
					take: (each) => {
						taken += each.length;
						if (!isFirst) return undefined;
						isFirst = false;
						return gate;
					},
				}),
			);
			await isFull;
			expect(sent).toBeLessThan(huge);
			go();
			await done;
			expect(taken).toBe(huge);
		});

		it.each([
			['chunked', (_: IncomingMessage, response: ServerResponse) => void response.end(large)],
			[
				'until the connection ends',
				(_: IncomingMessage, response: ServerResponse) => {
					response.shouldKeepAlive = false;
					response.useChunkedEncodingByDefault = false;
					response.end(large);
				},
			],
		])('hands over content that comes %s', async (_, listener) => {
			answer = (incoming, response) => {
				response.writeHead(200);
				response.flushHeaders();
				listener(incoming, response);
			};
			const content = collector();
			await get(content);
			expect(content.bytes().equals(large)).toBe(true);
		});

		it('reads a text where the content is refused', async () => {
			answer = (_, response) => {
				response.writeHead(404);
				response.write('not ');
				response.end('there');
			};
			const content = collector({ takes: () => false });
			expect(await get(content)).toMatchObject({ status: 404, text: 'not there' });
			expect(content.bytes()).toHaveLength(0);
		});

		it.each(['takes', 'take'] as const)('hangs up and throws what %s throws', async (method) => {
			const hungUp = new Promise<void>((resolve) => {
				answer = (incoming, response) => {
					incoming.socket.on('close', () => resolve());
					response.writeHead(200, { 'content-length': large.length });
					response.write(large.subarray(0, 100_000));
				};
			});
			const reason = new MasvTransferError('No', { file: 'a', code: 'file_changed' });
			const failing = { takes: (): never => raise(reason), take: async () => await Promise.reject(reason) };
			expect(await failureOf(get(collector({ [method]: failing[method] })))).toBe(reason);
			await hungUp;
		});

		it('knows that content which breaks off is not whole', async () => {
			answer = (incoming, response) => {
				response.writeHead(200, { 'content-length': large.length });
				response.write(large.subarray(0, 100_000), () => incoming.socket.destroySoon());
			};
			const content = collector();
			const error = await failureOf<MasvConnectionError>(get(content));
			expect(error).toBeInstanceOf(MasvConnectionError);
			expect(error).toMatchObject({ code: 'connection_lost', transient: true });
			expect(error.message).toMatch(/^Could not get it\. .* after the response started \(200\)/);
		});

		it('takes whole content for whole although the server has ended the connection while it waited', async () => {
			const bytes = large.subarray(0, 200_000);
			answer = plain(bytes, { connection: 'close' });
			const pieces: Buffer[] = [];
			const slow = collector({
				take: (piece) => {
					pieces.push(Buffer.from(piece));
					return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
				},
			});
			await get(slow);
			expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
		});

		it('gives up on content that stops', async () => {
			await tested.close();
			tested = create(400);
			answer = (_, response) => {
				response.writeHead(200, { 'content-length': large.length });
				response.write(large.subarray(0, 100_000));
			};
			const started = failureOf<MasvConnectionError>(get(collector()));
			expect(await started).toMatchObject({ code: 'connection_stalled', transient: true });
		});

		it('ends at once when the signal aborts, also while the content waits', async () => {
			const stop = new AbortController();
			answer = plain(large);
			const waiting = collector({
				take: () => {
					setImmediate(() => stop.abort());
					return new Promise(() => undefined);
				},
			});
			expect(await failureOf(get(waiting, { signal: stop.signal }))).toBeInstanceOf(MasvCancelledError);
		});

		it('uses a connection again', async () => {
			answer = plain(large.subarray(0, 300_000));
			for (let turn = 0; turn < 10; turn++) await get(collector());
			// Two, because undici counts a connection as free only a turn of the event loop after its answer.
			expect(connections).toBeLessThanOrEqual(2);
		});

		it('does not notice that the server has closed a connection which was kept', async () => {
			answer = (incoming, response) => {
				plain(Buffer.from('abc'))(incoming, response);
				response.on('finish', () => incoming.socket.destroySoon());
			};
			for (let turn = 0; turn < 5; turn++) {
				const content = collector();
				await get(content);
				expect(content.bytes().toString()).toBe('abc');
				await new Promise((resolve) => setImmediate(resolve));
			}
		});

		it('takes no empty content for an error', async () => {
			answer = plain(Buffer.alloc(0));
			const content = collector();
			expect((await get(content)).status).toBe(200);
			expect(content.bytes()).toHaveLength(0);
		});
	});
}

function raise(error: Error): never {
	throw error;
}
