import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setImmediate as nextIteration } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

import type { MasvConnectionError } from '../../../masv/errors';
import { MasvCancelledError, MasvError } from '../../../masv/errors';
import { StalledCall } from '../../../masv/node/callLimit';
import { createFastTransport } from '../../../masv/node/fastTransport';
import { NotPlain } from '../../../masv/node/responseReader';
import type { StartThread } from '../../../masv/node/startThread';
import { threadStarter } from '../../../masv/node/startThread';
import type { FromThread, ToThread, WriteOrder } from '../../../masv/node/thread/messages';
import { NoThread } from '../../../masv/node/thread/noThread';
import { ReceiveThreads } from '../../../masv/node/thread/receiveThreads';
import { WritingGet } from '../../../masv/node/thread/writingGet';
import type { TlsConnection } from '../../../masv/node/tlsConnection';
import type { TlsConnections } from '../../../masv/node/tlsConnections';
import { createBufferPool } from '../../../masv/transfer/bufferPool';
import type { LentFile, ResponseContent, TransportRequest, TransportResponse } from '../../../masv/transport';
import { failureOf } from '../../support/failureOf';
import { forkSource } from '../../support/forkSource';
import { patientTimeouts } from '../../support/patientTimeouts';
import { selfSigned } from '../../support/selfSigned';
import { patternBytes } from '../../support/testSources';
import { startThreadFromSource, threadSource } from '../../support/threadProgram';

const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

const large = patternBytes(3_000_001, 7);
const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** Lends a file, and remembers what it hears. */
interface Lender extends ResponseContent {
	lend(): LentFile;
	arrived: number;
	written: number;
	sums: Map<number, string>;
	lends: number;
	takes: ResponseContent['takes'];
	taken: Buffer[];
	givenBack: Promise<void>;
	isGivenBack: boolean;
}

function lenderOf(file: number, more: Partial<LentFile> = {}, takes: ResponseContent['takes'] = () => true): Lender {
	let giveBack: () => void = () => undefined;
	const content: Lender = {
		...{ arrived: 0, written: 0, sums: new Map(), lends: 0, taken: [], isGivenBack: false },
		givenBack: new Promise((resolve) => (giveBack = resolve)),
		takes,
		take: (piece) => {
			content.taken.push(Buffer.from(piece));
			return undefined;
		},
		lend: () => {
			content.lends++;
			return {
				...{ file, position: 0, end: undefined, bufferBytes: 128 * 1024, blockBytes: undefined },
				check: () => undefined,
				arrived: (bytes) => void (content.arrived += bytes),
				written: (bytes) => {
					content.written += bytes;
					return true;
				},
				summed: (position, md5) => void content.sums.set(position, md5),
				explain: async (error) => await Promise.reject(error),
				giveBack: () => {
					content.isGivenBack = true;
					giveBack();
				},
				...more,
			};
		},
	};
	return content;
}

describe('a thread that receives', () => {
	let server: Server;
	let url: string;
	let answer: RequestListener;
	let folder: string;
	let file: number;
	let transport: ReturnType<typeof createFastTransport>;
	let others: number;
	const workers: Worker[] = [];
	const start: StartThread = (timeouts) => {
		const worker = startThreadFromSource(timeouts);
		workers.push(worker);
		return worker;
	};

	const create = (startThread: StartThread, lookup?: LookupFunction): void => {
		const other = async (): Promise<TransportResponse> => {
			others++;
			return await Promise.resolve({ status: 200, headers: { 'transfer-encoding': 'chunked' }, text: '' });
		};
		transport = createFastTransport(other, { timeouts: patientTimeouts, lookup, startThread });
	};

	beforeAll(async () => {
		server = createServer(certificate, (incoming, response) => answer(incoming, response));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'masv-thread-'));
		file = openSync(join(folder, 'file'), 'w+');
		others = 0;
		workers.length = 0;
		create(start);
	});
	afterEach(async () => {
		transport.destroy();
		closeSync(file);
		await rm(folder, { recursive: true });
	});
	afterAll(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	const lender = (more: Partial<LentFile> = {}, takes?: ResponseContent['takes']): Lender =>
		lenderOf(file, more, takes);
	const get = async (content: ResponseContent, more: Partial<TransportRequest> = {}): Promise<TransportResponse> =>
		await transport({
			...{ operation: 'get it', method: 'GET', url, headers: {}, maxResponseBytes: 1_000 },
			...{ content, ...more },
		});
	const plain: RequestListener = (_, response) => {
		response.writeHead(200, { 'content-length': large.length, etag: '"1"' });
		response.end(large);
	};
	const stored = (): Buffer => readFileSync(join(folder, 'file'));

	it('writes the content to the file that is lent, and tells how much', async () => {
		answer = plain;
		const content = lender({ position: 5, end: 5 + large.length });
		const response = await get(content);
		expect(response).toMatchObject({ status: 200, text: '', headers: { etag: '"1"' } });
		expect(stored().subarray(5).equals(large)).toBe(true);
		expect([content.arrived, content.written]).toEqual([large.length, large.length]);
		expect([content.lends, content.isGivenBack, content.taken, workers.length]).toEqual([1, true, [], 1]);
	});

	it('serves many requests at once in as many threads as are useful', async () => {
		answer = ({ headers }, response) => {
			const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
			const bytes = large.subarray(Number(first), Number(last) + 1);
			response.writeHead(206, { 'content-length': bytes.length }).end(bytes);
		};
		const share = 100_000;
		const starts = Array.from({ length: Math.ceil(large.length / share) }, (_, index) => index * share);
		await Promise.all(
			starts.map(async (position) => {
				const end = Math.min(position + share, large.length);
				await get(lender({ position, end }), { headers: { range: `bytes=${position}-${end - 1}` } });
			}),
		);
		expect(stored().equals(large)).toBe(true);
		expect(workers).toHaveLength(Math.min(2, availableParallelism()));
	});

	it.each([
		['all content', null, 0, [[0, md5Of(large)]]],
		[
			'each block that is whole',
			1_000_000,
			1_500_000,
			[
				[2_000_000, md5Of(large.subarray(500_000, 1_500_000))],
				[3_000_000, md5Of(large.subarray(1_500_000, 2_500_000))],
				[4_000_000, md5Of(large.subarray(2_500_000))],
			],
		],
	] as const)('computes the MD5 of %s', async (_, blockBytes, position, sums) => {
		answer = plain;
		const content = lender({ position, blockBytes });
		await get(content);
		expect([...content.sums]).toEqual(sums);
	});

	it('keeps what has arrived of content that is cut off, with the blocks that are whole', async () => {
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': large.length });
			response.write(large.subarray(0, 2_500_000));
			cut = () => void response.destroy();
		};
		let cut: () => void = () => undefined;
		const content: Lender = lender({
			blockBytes: 1_000_000,
			written: (bytes) => {
				content.written += bytes;
				cut();
				return true;
			},
		});
		const error = await failureOf<MasvConnectionError>(get(content));
		expect(error).toMatchObject({ code: 'connection_lost', transient: true });
		expect(content.written).toBe(stored().length);
		expect(content.written).toBe(content.arrived);
		expect(stored().equals(large.subarray(0, content.written))).toBe(true);
		expect([...content.sums.keys()]).toEqual([0, 1_000_000].slice(0, Math.floor(content.written / 1_000_000)));
		expect(content.isGivenBack).toBe(true);
	});

	it('writes nothing if the response is not the right one', async () => {
		answer = plain;
		const wrong = new MasvError('another version', { code: 'content_changed' });
		const content = lender({}, () => {
			throw wrong;
		});
		expect(await failureOf(get(content))).toBe(wrong);
		expect([content.lends, stored().length]).toEqual([0, 0]);
	});

	it.each([
		['in chunks', { 'transfer-encoding': 'chunked' }],
		['that is compressed', { 'content-length': 3, 'content-encoding': 'gzip' }],
	])('leaves content %s to the other transport', async (_, headers) => {
		answer = (__, response) => void response.writeHead(200, headers).end('abc');
		const content = lender();
		await get(content);
		expect([others, content.lends]).toEqual([1, 0]);
	});

	it('returns the text of an error', async () => {
		answer = (_, response) => void response.writeHead(403, { 'content-length': 2 }).end('no');
		const content = lender();
		expect(await get(content)).toMatchObject({ status: 403, text: 'no' });
		expect(content.lends).toBe(0);
	});

	it('refuses more than was asked for', async () => {
		answer = plain;
		const content = lender({ position: 10, end: 10 + large.length - 1 });
		expect(await failureOf(get(content))).toMatchObject({ code: 'response_malformed' });
		expect(stored().length).toBeLessThan(10 + large.length);
		expect(content.isGivenBack).toBe(true);
	});

	it('refuses what is too much although it would fit into the buffer', async () => {
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': 100_000 });
			response.end(large.subarray(0, 100_000));
		};
		expect(await failureOf(get(lender({ end: 99_999 })))).toMatchObject({ code: 'response_malformed' });
	});

	it('explains why the file cannot be written', async () => {
		answer = plain;
		closeSync(file);
		file = openSync(join(folder, 'file'), 'r');
		const explain = jest.fn(async () => await Promise.reject(new MasvError('explained', { code: 'disk_full' })));
		const content = lender({ explain });
		expect(await failureOf(get(content))).toMatchObject({ message: 'explained' });
		expect(explain.mock.calls).toMatchObject([[{ code: 'EBADF' }]]);
		expect(content.isGivenBack).toBe(true);
	});

	it('asks before it writes', async () => {
		answer = plain;
		const lost = new MasvError('taken over', { code: 'delivery_taken_over' });
		const content = lender({ check: async () => await Promise.reject(lost) });
		expect(await failureOf(get(content))).toBe(lost);
		expect([stored().length, content.isGivenBack]).toEqual([0, true]);
	});

	it('writes although each answer takes longer than a permission lasts', async () => {
		answer = plain;
		const realNow = Date.now;
		let agoMs = 60_000;
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => realNow() - agoMs);
		try {
			// The answer comes a minute after the question. By the next question, the clock is back.
			const check = async (): Promise<void> => {
				agoMs = 0;
				void (async () => {
					for (let step = 0; step < 20; step++) await Promise.resolve();
					agoMs = 60_000;
				})();
				await Promise.resolve();
			};
			await get(lender({ check }));
			expect(stored().equals(large)).toBe(true);
		} finally {
			clock.mockRestore();
		}
	});

	it('fails at once when it is cancelled, and gives the file back when it has stopped', async () => {
		const stop = new AbortController();
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': large.length });
			response.write(large.subarray(0, 1_000_000));
		};
		const content = lender({ blockBytes: 100_000, written: () => (stop.abort(), true) });
		const error = await failureOf(get(content, { signal: stop.signal }));
		expect(error).toBeInstanceOf(MasvCancelledError);
		await content.givenBack;
		expect(stored().equals(large.subarray(0, stored().length))).toBe(true);
	});

	it('connects to the addresses of the lookup only', async () => {
		const denied = Object.assign(new Error('denied'), { code: 'ERR_NETWORK_POLICY' });
		create(start, (_host, _options, callback) => callback(denied, '', 4));
		const error = await failureOf(get(lender(), { url: url.replace('127.0.0.1', 'localhost') }));
		expect([error, workers.length]).toEqual([expect.objectContaining({ code: 'network_policy' }), 0]);
	});

	it('uses the addresses of the lookup', async () => {
		answer = plain;
		create(start, (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }], 4));
		const error = await failureOf<Error>(get(lender(), { url: url.replace('127.0.0.1', 'masv.invalid') }));
		// It is the server's certificate that does not have the name.
		expect(error.message).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
	});

	it('trusts the authorities of OpenSSL where Node does', async () => {
		answer = plain;
		const [path, authorities] = [join(folder, 'content'), join(folder, 'authorities.pem')];
		await writeFile(authorities, certificate.cert);
		// As the image of n8n does it for those who have an authority of their own.
		const environment = ['env', 'NODE_OPTIONS=--use-openssl-ca', `SSL_CERT_FILE=${authorities}`];
		const receiver = forkSource('threadReceiver.ts', { url, path, ...threadSource }, environment);
		const exit = once(receiver, 'exit');
		expect(await Promise.race([once(receiver, 'message'), exit])).toMatchObject(['200']);
		await exit;
		expect((await readFile(path)).equals(large)).toBe(true);
	});

	it.each([
		{ authorities: undefined, report: /^200$/ },
		{ authorities: [], report: /SELF_SIGNED/ },
	])('trusts nobody whom the process does not: $authorities', async ({ authorities, report }) => {
		answer = plain;
		const [path, more] = [join(folder, 'content'), join(folder, 'authorities.pem')];
		await writeFile(more, certificate.cert);
		const job = { url, path, authorities, ...threadSource };
		const receiver = forkSource('threadReceiver.ts', job, ['env', `NODE_EXTRA_CA_CERTS=${more}`]);
		const exit = once(receiver, 'exit');
		expect(await Promise.race([once(receiver, 'message'), exit])).toMatchObject([expect.stringMatching(report)]);
		await exit;
	});

	it('does what no thread can do without one', async () => {
		answer = plain;
		create(threadStarter(join(folder, 'no program.js')));
		for (let turn = 0; turn < 2; turn++) {
			const content = lender();
			await get(content);
			expect(Buffer.concat(content.taken).equals(large)).toBe(true);
			expect(content.lends).toBe(0);
		}
	});

	it('fails like a lost connection if the thread ends, and goes on without one', async () => {
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': large.length });
			response.write(large.subarray(0, 1_000_000));
		};
		const content = lender({ blockBytes: 100_000, written: () => (void workers[0]?.terminate(), true) });
		expect(await failureOf(get(content))).toMatchObject({ code: 'connection_lost', transient: true });
		expect(content.isGivenBack).toBe(true);
		answer = plain;
		const again = lender();
		await get(again);
		expect([again.lends, Buffer.concat(again.taken).equals(large), workers.length]).toEqual([0, true, 1]);
	});

	it('ends its requests when it is destroyed', async () => {
		const asked = new Promise<void>((resolve) => (answer = () => resolve()));
		const failure = failureOf(get(lender()));
		await asked;
		const ended = once(workers[0] as Worker, 'exit');
		transport.destroy();
		await ended;
		expect(await failure).toBeInstanceOf(MasvError);
	});
});

/** A thread that says what a test lets it say. */
class FakeThread extends EventEmitter {
	readonly heard: ToThread[] = [];
	isTerminated = false;

	postMessage(message: ToThread): void {
		this.heard.push(message);
	}

	ref(): void {
		this.emit('ref');
	}

	unref(): void {
		this.emit('unref');
	}

	async terminate(): Promise<number> {
		this.isTerminated = true;
		this.emit('exit', 1);
		return await Promise.resolve(1);
	}

	say(...messages: FromThread[]): void {
		for (const message of messages) this.emit('message', message);
	}
}

describe('the requests of a thread', () => {
	const head: FromThread = { kind: 'head', id: 1, status: 200, headers: {} };
	const moved = { arrived: 3, written: 2, sums: [] };
	const failed: FromThread = { kind: 'failed', id: 1, failure: { kind: 'notPlain' }, status: 200, ...moved };
	const request = {
		operation: 'get it',
		method: 'GET',
		url: 'https://masv.invalid/',
		headers: {},
		maxResponseBytes: 1,
	};
	/** The watch, as often as it is to look. */
	let looks: Array<() => void>;
	let fake: FakeThread;
	let thread: ReceiveThreads;
	let create: (lookup?: LookupFunction) => void;
	beforeEach(() => {
		looks = [];
		fake = new FakeThread();
		const timer = (run: () => void): (() => void) => {
			looks.push(run);
			return () => void looks.splice(looks.indexOf(run) >>> 0, 1);
		};
		const timeouts = { connectMs: 1, stallMs: 1 };
		create = (lookup) => {
			thread = new ReceiveThreads({ timeouts, start: () => fake as unknown as Worker, timer, lookup });
		};
		create();
	});
	const look = (): void => looks.shift()?.();
	const heard = (): string[] => fake.heard.map(({ kind }) => kind);
	const get = async (content: Lender, signal?: AbortSignal): Promise<TransportResponse> =>
		await thread.get({ ...request, content, signal });

	it('have stalled if it is silent although it is asked; what they write stays lent until it speaks again', async () => {
		const content = lenderOf(7);
		const failure = failureOf(get(content));
		await nextIteration();
		fake.say(head);
		await nextIteration();
		look();
		look();
		expect(heard()).toEqual(['get', 'write', 'ping']);
		look();
		expect(await failure).toBeInstanceOf(StalledCall);
		expect(content.isGivenBack).toBe(false);
		fake.say(failed);
		expect([content.isGivenBack, content.written]).toEqual([true, 0]);
		expect(await failureOf(get(lenderOf(7)))).toBeInstanceOf(NoThread);
	});

	it('are done in another way if it is silent before their responses begin, and no longer by it', async () => {
		const contents = [lenderOf(7), lenderOf(8)] as const;
		const failures = contents.map(async (content) => await failureOf(get(content)));
		await nextIteration();
		fake.say(head);
		for (let turn = 0; turn < 3; turn++) look();
		expect(await Promise.all(failures)).toEqual([expect.any(StalledCall), expect.any(NoThread)]);
		fake.say({ ...head, id: 2 }, { ...failed, id: 2 });
		await nextIteration();
		expect(contents.map(({ lends }) => lends)).toEqual([1, 0]);
	});

	it('go on if it answers', async () => {
		const failure = failureOf(get(lenderOf(7)));
		await nextIteration();
		for (let turn = 0; turn < 3; turn++) {
			look();
			look();
			fake.say({ kind: 'pong' });
		}
		fake.say(head, failed);
		expect(await failure).toBeInstanceOf(NotPlain);
		expect(heard().filter((kind) => kind === 'ping')).toHaveLength(3);
	});

	it('may write for as long as somebody asks', async () => {
		const checks: Array<Promise<void> | undefined> = [undefined, Promise.resolve()];
		const lost = new MasvError('taken over', { code: 'delivery_taken_over' });
		const check = jest.fn(() => (checks.length > 0 ? checks.shift() : Promise.reject(lost)));
		const content = lenderOf(7, { check });
		const failure = failureOf(get(content));
		await nextIteration();
		fake.say(head, { kind: 'moved', id: 1, ...moved });
		await nextIteration();
		// It has just been asked.
		expect([heard(), check.mock.calls.length]).toEqual([['get', 'write'], 1]);
		fake.say({ kind: 'askPermission', id: 1 });
		await nextIteration();
		fake.say({ kind: 'askPermission', id: 1 });
		await nextIteration();
		fake.say({ kind: 'askPermission', id: 1 });
		await nextIteration();
		expect(heard()).toEqual(['get', 'write', 'permit', 'cancel']);
		expect(content.isGivenBack).toBe(false);
		fake.say(failed);
		expect(await failure).toBe(lost);
		expect([content.isGivenBack, content.written]).toEqual([true, 4]);
	});

	it('ask again from time to time while content moves', async () => {
		const now = jest.spyOn(Date, 'now');
		try {
			const check = jest.fn(() => undefined);
			const failure = failureOf(get(lenderOf(7, { check })));
			await nextIteration();
			now.mockReturnValue(1_000_000);
			fake.say(head);
			await nextIteration();
			for (const time of [1_000_499, 1_000_500, 1_000_999, 1_001_000, 500_000]) {
				now.mockReturnValue(time);
				fake.say({ kind: 'moved', id: 1, ...moved });
				await nextIteration();
			}
			expect(heard()).toEqual(['get', 'write', 'permit', 'permit', 'permit']);
			fake.say(failed);
			await failure;
		} finally {
			now.mockRestore();
		}
	});

	it('hear nothing more once they are cancelled', async () => {
		const stop = new AbortController();
		const content = lenderOf(7);
		const failure = failureOf(get(content, stop.signal));
		await nextIteration();
		fake.say(head);
		await nextIteration();
		stop.abort();
		expect(await failure).toBeInstanceOf(MasvCancelledError);
		fake.say({ kind: 'moved', id: 1, ...moved });
		expect([heard(), content.written, content.isGivenBack]).toEqual([['get', 'write', 'cancel'], 0, false]);
		fake.say(failed);
		expect(content.isGivenBack).toBe(true);
	});

	it('are not written after all if they are cancelled while somebody is asked', async () => {
		const stop = new AbortController();
		let permit: () => void = () => undefined;
		const content = lenderOf(7, { check: async () => await new Promise<void>((resolve) => (permit = resolve)) });
		const failure = failureOf(get(content, stop.signal));
		await nextIteration();
		fake.say(head);
		stop.abort();
		permit();
		await failure;
		await nextIteration();
		expect(heard()).toEqual(['get', 'cancel']);
	});

	it('wait for the addresses of a host no longer than for a connection', async () => {
		create(() => undefined);
		const failure = failureOf(get(lenderOf(7)));
		look();
		expect(await failure).toMatchObject({ code: 'connection_timeout', transient: true });
		expect(heard()).toEqual([]);
	});

	it('fail at once if they are cancelled before the addresses are known', async () => {
		create(() => undefined);
		const stop = new AbortController();
		const failure = failureOf(get(lenderOf(7), stop.signal));
		stop.abort();
		expect(await failure).toBeInstanceOf(MasvCancelledError);
		// No timer is left either.
		expect([looks, heard()]).toEqual([[], []]);
	});

	it.each(['arrived', 'written', 'summed'] as const)('fail with what `%s` throws', async (name) => {
		const broken = new Error('broken');
		const content = lenderOf(7, {
			[name]: () => {
				throw broken;
			},
		});
		const failure = failureOf(get(content));
		await nextIteration();
		fake.say(head, { kind: 'moved', id: 1, ...moved, sums: [[0, 'md5']] });
		expect([heard().at(-1), content.isGivenBack]).toEqual(['cancel', false]);
		fake.say(failed);
		expect(await failure).toBe(broken);
		expect(content.isGivenBack).toBe(true);
	});

	it('are not ended because there were none for a while before', async () => {
		jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
		try {
			const first = failureOf(get(lenderOf(7)));
			await nextIteration();
			fake.say(failed);
			await first;
			const second = failureOf(get(lenderOf(7)));
			await nextIteration();
			jest.advanceTimersByTime(60_000);
			expect(fake.isTerminated).toBe(false);
			fake.say({ ...failed, id: 2 });
			await second;
		} finally {
			jest.useRealTimers();
		}
	});

	it('say once that there is no time for sums, and hear those that are known', async () => {
		const content = lenderOf(7, { blockBytes: 1, written: () => false });
		const failure = failureOf(get(content));
		await nextIteration();
		fake.say(head);
		await nextIteration();
		for (let turn = 0; turn < 2; turn++) fake.say({ kind: 'moved', id: 1, ...moved, sums: [[turn, 'sum']] });
		expect(heard()).toEqual(['get', 'write', 'stopSums']);
		expect([...content.sums.keys()]).toEqual([0, 1]);
		fake.say(failed);
		await failure;
	});

	it('are not lent a file if they are cancelled before the response begins', async () => {
		const stop = new AbortController();
		const content = lenderOf(7);
		const failure = failureOf(get(content, stop.signal));
		await nextIteration();
		stop.abort();
		fake.say(head);
		await failure;
		expect(content.lends).toBe(0);
	});

	it('fail although all has been written, if somebody else has taken over meanwhile', async () => {
		const lost = new MasvError('taken over', { code: 'delivery_taken_over' });
		const checks = [Promise.resolve(), Promise.reject(lost)];
		const failure = failureOf(get(lenderOf(7, { check: () => checks.shift() })));
		await nextIteration();
		fake.say(head, { kind: 'askPermission', id: 1 });
		await nextIteration();
		fake.say({ kind: 'end', id: 1, status: 200, headers: {}, text: '', ...moved });
		expect(await failure).toBe(lost);
	});

	it('keep the process running; the thread ends when there have been none for a while', async () => {
		const kept: boolean[] = [];
		fake.on('ref', () => kept.push(true));
		fake.on('unref', () => kept.push(false));
		jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
		try {
			const failure = failureOf(get(lenderOf(7)));
			await nextIteration();
			jest.advanceTimersByTime(60_000);
			expect([kept, fake.isTerminated]).toEqual([[false, true], false]);
			fake.say(failed);
			await failure;
			expect([kept.at(-1), fake.isTerminated, looks]).toEqual([false, false, []]);
			jest.advanceTimersByTime(60_000);
			expect(fake.isTerminated).toBe(true);
		} finally {
			jest.useRealTimers();
		}
	});
});

describe('a request in the thread', () => {
	const posted: FromThread[] = [];
	const get = (): WritingGet => {
		posted.length = 0;
		const plain = { operation: 'get it', url: 'https://masv.invalid/', headers: {}, maxResponseBytes: 1 };
		return new WritingGet(
			1,
			plain,
			createBufferPool(() => 1_024),
			(message) => void posted.push(message),
		);
	};
	/** Connections over which this content comes. */
	const withContent = (pieces: Buffer[]): TlsConnections =>
		({
			get: async ({ content }: TransportRequest) => {
				content?.takes({ status: 200, headers: { 'content-length': '1' } });
				for (const piece of pieces) await content?.take(piece);
				return { status: 200, headers: {}, text: '' };
			},
		}) as unknown as TlsConnections;
	let folder: string;
	let file: number;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'masv-thread-'));
		file = openSync(join(folder, 'file'), 'w+');
	});
	afterEach(async () => {
		closeSync(file);
		await rm(folder, { recursive: true });
	});
	const order = (more: Partial<WriteOrder> = {}): WriteOrder => ({
		...{ file, position: 0, end: undefined, bufferBytes: 1_024, blockBytes: undefined, permittedAt: Date.now() },
		...more,
	});
	const size = (): number => fstatSync(file).size;

	it.each([
		['is long over', -60_000],
		['lies in the future', 60_000],
	])('writes nothing with a permission that %s, and asks', async (_, offMs) => {
		const tested = get();
		const ended = tested.run(withContent([large.subarray(0, 1_500), large.subarray(1_500, 3_000)]));
		await nextIteration();
		tested.write(order({ permittedAt: Date.now() + offMs }));
		await nextIteration();
		expect([posted.map(({ kind }) => kind), size()]).toEqual([['head', 'askPermission'], 0]);
		tested.permit(Date.now());
		await ended;
		expect(posted.at(-1)).toMatchObject({ kind: 'end', arrived: 3_000, written: 3_000 });
		expect(readFileSync(join(folder, 'file')).equals(large.subarray(0, 3_000))).toBe(true);
	});

	it('asks again in the middle when the permission is over', async () => {
		const time = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
		try {
			const tested = get();
			let goOn: () => void = () => undefined;
			const later = new Promise<void>((resolve) => (goOn = resolve));
			const connections = {
				get: async ({ content }: TransportRequest) => {
					content?.takes({ status: 200, headers: { 'content-length': '1' } });
					await content?.take(large.subarray(0, 1_500));
					await later;
					for (const at of [1_500, 1_600, 3_000]) await content?.take(large.subarray(at, at + 1_400));
					return { status: 200, headers: {}, text: '' };
				},
			} as unknown as TlsConnections;
			const ended = tested.run(connections);
			await nextIteration();
			tested.write(order());
			await nextIteration();
			expect(size()).toBe(1_024);
			time.mockReturnValue(1_002_000);
			goOn();
			await nextIteration();
			expect([posted.map(({ kind }) => kind), size()]).toEqual([['head', 'askPermission'], 1_024]);
			tested.permit(1_002_000);
			await ended;
			expect(posted.at(-1)).toMatchObject({ kind: 'end', written: 5_700 });
		} finally {
			time.mockRestore();
		}
	});

	it('writes nothing if the permission ends between the look at it and the write', async () => {
		const time = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
		try {
			const tested = get();
			const ended = tested.run(withContent([large.subarray(0, 1_024)]));
			await nextIteration();
			const permitted = order();
			time.mockReturnValueOnce(1_000_000).mockReturnValue(1_060_000);
			tested.write(permitted);
			await ended;
			const failure = { kind: 'connection', code: 'UND_ERR_SOCKET' };
			expect([posted.at(-1), size()]).toEqual([expect.objectContaining({ kind: 'failed', failure, written: 0 }), 0]);
		} finally {
			time.mockRestore();
		}
	});

	it.each([
		[false, [0, 1_000, 2_000]],
		[true, [0, 1_000]],
	])('tells the sums of blocks; if there is no more time (%s), of those before', async (isStopped, starts) => {
		const tested = get();
		const connections = {
			get: async ({ content }: TransportRequest) => {
				content?.takes({ status: 200, headers: { 'content-length': '1' } });
				await content?.take(large.subarray(0, 1_024));
				await content?.take(large.subarray(1_024, 2_048));
				tested.tell();
				if (isStopped) tested.stopSums();
				await content?.take(large.subarray(2_048, 2_500));
				return { status: 200, headers: {}, text: '' };
			},
		} as unknown as TlsConnections;
		const ended = tested.run(connections);
		await nextIteration();
		tested.write(order({ blockBytes: 1_000 }));
		await ended;
		const sums = posted.flatMap((message) => ('sums' in message ? message.sums : []));
		expect(sums).toEqual(starts.map((at) => [at, md5Of(large.subarray(at, Math.min(at + 1_000, 2_500)))]));
	});

	it('gives its buffer back', async () => {
		const pool = { bufferBytes: 1_024, take: jest.fn(() => new Uint8Array(1_024)), give: jest.fn() };
		const plain = { operation: 'get it', url: 'https://masv.invalid/', headers: {}, maxResponseBytes: 1 };
		const tested = new WritingGet(1, plain, pool, () => undefined);
		const ended = tested.run(withContent([large.subarray(0, 3_000)]));
		await nextIteration();
		tested.write(order());
		await ended;
		expect([pool.take.mock.calls.length, pool.give.mock.calls.length]).toEqual([1, 1]);
	});

	it('does not write what has arrived once it is cancelled', async () => {
		const tested = get();
		const ended = tested.run(withContent([large.subarray(0, 1_500)]));
		await nextIteration();
		tested.cancel();
		tested.write(order());
		await ended;
		expect([posted.at(-1), size()]).toEqual([expect.objectContaining({ kind: 'failed', written: 0 }), 0]);
	});

	it('ends no connection that is not its own any more when it is cancelled', async () => {
		const tested = get();
		const fail = jest.fn();
		const connections = {
			get: async ({ content }: TransportRequest, onUse: (connection: TlsConnection) => void) => {
				onUse({ fail } as unknown as TlsConnection);
				content?.takes({ status: 200, headers: { 'content-length': '1' } });
				await content?.take(large.subarray(0, 500));
				await nextIteration();
				return { status: 200, headers: {}, text: '' };
			},
		};
		const ended = tested.run(connections as unknown as TlsConnections);
		await nextIteration();
		tested.write(order());
		await Promise.resolve();
		const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
		await nextIteration();
		await nextIteration();
		clock.mockRestore();
		expect(posted.at(-1)).toMatchObject({ kind: 'askPermission' });
		tested.cancel();
		await ended;
		expect([posted.at(-1)?.kind, size(), fail.mock.calls]).toEqual(['failed', 0, []]);
	});

	it('copies what has to wait', async () => {
		const tested = get();
		const piece = Buffer.from(large.subarray(0, 500));
		const ended = tested.run(withContent([piece]));
		await nextIteration();
		piece.fill(0);
		tested.write(order());
		await ended;
		expect(readFileSync(join(folder, 'file')).equals(large.subarray(0, 500))).toBe(true);
	});
});
