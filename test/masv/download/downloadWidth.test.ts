import { MasvClient } from '../../../masv/client';
import type { DownloadOptions } from '../../../masv/download/downloadFiles';
import type { FileToDownload } from '../../../masv/download/downloadRun';
import { createOrderedStream } from '../../../masv/download/orderedStream';
import { MasvConnectionError } from '../../../masv/errors';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import type { FileSink } from '../../../masv/transfer/sink';
import { createLines } from '../../../masv/transfer/lines';
import type { Lines } from '../../../masv/transfer/lines';
import type { Transport } from '../../../masv/transport';
import { downloadAll } from '../../support/downloadAll';
import { instantClock } from '../../support/instantClock';

const mebibyte = 1024 * 1024;
/** One for all: gigabytes of new memory would take longer than everything that is tested. */
const piece = new Uint8Array(mebibyte);

/**
 * A server on a line on which each connection moves a MiB per step. Time passes only when everything waits that is going to.
 * @param stepMs also the time that an answer takes
 */
function createServer(fileBytes: number, stepMs: number) {
	let now = 1_000_000;
	const state = { most: 0, rangeBytes: [] as number[], failNext: false, received: new Map<string, number>() };
	const requests = new Set<() => void>();
	const transport: Transport = async ({ url, headers, content }) => {
		const isAddress = url.startsWith('https://masv.test');
		await new Promise<void>((resolve) => requests.add(resolve));
		if (isAddress) return { status: 200, headers: {}, text: '{}' };
		if (state.failNext) {
			state.failNext = false;
			throw new MasvConnectionError('No', { code: 'connection_stalled' });
		}
		const [, first = '0', last = `${fileBytes - 1}`] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
		const [start, end] = [Number(first), Number(last) + 1];
		state.rangeBytes.push(end - start);
		const range = `bytes ${start}-${end - 1}/${fileBytes}`;
		const head = { status: 206, headers: { etag: '"a"', 'content-range': range }, text: '' };
		if (content?.takes(head) !== true) throw new Error('Not taken');
		for (let at = start; at < end; at += mebibyte) {
			if (at > start) await new Promise<void>((resolve) => requests.add(resolve));
			const bytes = Math.min(mebibyte, end - at);
			state.received.set(url, (state.received.get(url) ?? 0) + bytes);
			await content.take(piece.subarray(0, bytes));
		}
		return head;
	};
	/** Everything that is under way advances by a step, again and again. */
	const serve = async (transfer: Promise<unknown>): Promise<void> => {
		let isOver = false;
		void transfer.finally(() => (isOver = true));
		while (!isOver) {
			for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
			state.most = Math.max(state.most, requests.size);
			now += stepMs;
			const waiting = [...requests];
			requests.clear();
			waiting.forEach((proceed) => proceed());
		}
	};
	const clock = { ...instantClock(), now: () => now };
	return { state, serve, transport, clock };
}

const nowhere = (): FileSink => ({
	open: async () =>
		await Promise.resolve({
			partial: undefined,
			write: async () => await Promise.resolve(),
			read: async () => await Promise.resolve(0),
			sync: async () => await Promise.resolve(),
			finish: async () => await Promise.resolve('nowhere'),
			close: async () => await Promise.resolve(),
		}),
});

function setUp(fileBytes: number, { stepMs = 1_000, given }: { stepMs?: number; given?: Lines } = {}) {
	const server = createServer(fileBytes, stepMs);
	const lines = given ?? createLines(server.clock);
	const client = new MasvClient({
		baseUrl: 'https://masv.test',
		...{ apiKey: 'key', teamId: 'team', transport: server.transport, clock: server.clock, hashing: nodeHashing },
	});
	const file = (index: number, sink = nowhere()): FileToDownload => ({
		...{ id: `f${index}`, name: `${index}.mov`, path: '', bytes: fileBytes, modifiedAt: undefined },
		...{ partBytes: undefined, sink },
		address: async () => {
			await server.transport({
				...{ operation: 'ask', method: 'GET', url: 'https://masv.test/address', headers: {} },
				...{ body: undefined, maxResponseBytes: 99 },
			});
			return { url: `https://storage.test/f${index}`, headers: {}, body: '' };
		},
	});
	const download = async (files: FileToDownload[], options: DownloadOptions = {}): Promise<void> => {
		const policy = outageOf(60_000);
		const transfer = downloadAll(client, files, { lines, policy, verifyContent: 'never', ...options });
		await server.serve(transfer);
		const failures = (await transfer).filter(({ status }) => status === 'rejected');
		expect(failures).toEqual([]);
	};
	return { ...server, lines, client, file, download };
}

describe('a download on a line on which each connection has a rate of its own', () => {
	it('uses as many connections as bring something', async () => {
		const { state, file, download } = setUp(2_048 * mebibyte);
		await download([file(0)]);
		expect(state.most).toBe(64);
	});

	it('keeps to the number that was set', async () => {
		const { state, file, download } = setUp(200 * mebibyte);
		await download([file(0)], { parallelRanges: 3 });
		expect(state.most).toBe(3);
	});

	it('keeps to eight where nothing finds a better number', async () => {
		const { state, file, download } = setUp(200 * mebibyte);
		await download([file(0)], { lines: undefined });
		expect(state.most).toBe(8);
	});

	it('has as many small files under way as bring something, though each needs the line for half of its time only', async () => {
		const { state, file, download } = setUp(10_000, { stepMs: 50 });
		await download(Array.from({ length: 4_000 }, (_, index) => file(index)));
		expect(state.most).toBeGreaterThanOrEqual(64);
	});

	it('divides what may be in memory of a stream by the connections of now', async () => {
		const { state, file, download } = setUp(1_024 * mebibyte);
		const stream = createOrderedStream('a.mov', 32 * mebibyte);
		const reading = (async () => {
			let bytes = 0;
			for await (const piece of stream.pieces) bytes += piece.length;
			return bytes;
		})();
		await download([file(0, stream.sink)]);
		expect(await reading).toBe(1_024 * mebibyte);
		expect(state.most).toBe(64);
		expect(state.rangeBytes[0]).toBe(Math.floor((32 * mebibyte) / 9));
		expect(Math.min(...state.rangeBytes.slice(0, -1))).toBe(Math.floor((32 * mebibyte) / 65));
	});
});

describe('downloads of several executions on one line', () => {
	/** @returns how much all had received when the first of them had all of its file */
	async function together(
		count: number,
		fileBytes: number,
		begin: (index: number, received: Map<string, number>) => boolean,
	) {
		const { state, lines, file, client, serve } = setUp(fileBytes);
		let atFirstEnd: number[] = [];
		const one = async (index: number): Promise<void> => {
			while (!begin(index, state.received)) await new Promise((resolve) => setImmediate(resolve));
			const before = new Map(state.received);
			const [result] = await downloadAll(client, [file(index)], {
				...{ lines, rangeBytes: 8 * mebibyte, verifyContent: 'never' },
			});
			expect(result?.status).toBe('fulfilled');
			if (atFirstEnd.length === 0)
				atFirstEnd = [...state.received].map(([url, bytes]) => bytes - (before.get(url) ?? 0));
		};
		await serve(Promise.all(Array.from({ length: count }, async (_, index) => await one(index))));
		return atFirstEnd;
	}

	it('get about the same, ten of them', async () => {
		const received = await together(10, 80 * mebibyte, () => true);
		expect(received).toHaveLength(10);
		expect(Math.max(...received)).toBeLessThanOrEqual(2 * Math.min(...received));
	});

	it('get about half each, also if one begins while the other uses all connections', async () => {
		let firstBefore = 0;
		const isUnderWay = (index: number, received: Map<string, number>): boolean => {
			const bytes = received.get('https://storage.test/f0') ?? 0;
			if (index === 0 || bytes < 100 * mebibyte) return index === 0;
			firstBefore = bytes;
			return true;
		};
		const [first = 0, second = 0] = await together(2, 400 * mebibyte, isUnderWay);
		const share = second / (first - firstBefore + second);
		expect(share).toBeGreaterThan(0.4);
		expect(share).toBeLessThan(0.6);
	});
});

describe('a download tells the line', () => {
	const created = { joined: [] as string[], moved: 0, failed: 0, left: 0 };
	const given: Lines = {
		join: (line) => {
			created.joined.push(line);
			return {
				connections: 8,
				moved: (bytes) => void (created.moved += bytes),
				failed: () => void created.failed++,
				leave: () => void created.left++,
			};
		},
	};

	it('that it receives, what has arrived, which attempts failed, and that it has ended', async () => {
		const { state, file, download } = setUp(100 * mebibyte, { given });
		state.failNext = true;
		await download([file(0)]);
		expect(created).toEqual({ joined: ['from https://masv.test'], moved: 100 * mebibyte, failed: 1, left: 1 });
	});
});
