import { createHash } from 'node:crypto';

import { MasvClient } from '../../../masv/client';
import type { FileToDownload } from '../../../masv/download/downloadRun';
import type { DownloadLine } from '../../../masv/download/notes';
import { readNotes } from '../../../masv/download/notes';
import { createOrderedStream } from '../../../masv/download/orderedStream';
import { MasvConnectionError, throwIfCancelled } from '../../../masv/errors';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import type { Transport, TransportRequest, TransportResponse } from '../../../masv/transport';
import { downloadAll } from '../../support/downloadAll';
import { instantClock } from '../../support/instantClock';
import { memorySink } from '../../support/memorySink';
import { randomOf } from '../../support/random';
import { patternBytes } from '../../support/testSources';

const mebibyte = 1024 * 1024;
type Random = ReturnType<typeof randomOf>;

/** A storage with one file, whose connections break and whose pieces have any size. */
interface Storage {
	content: Buffer;
	etag: string;
	transport: Transport;
	/** Bytes that have been sent. */
	sent: number;
}

function createStorage(random: Random, content: Buffer, etag: string, { trouble }: { trouble: boolean }): Storage {
	const hasRanges = random(0, 5) > 0;
	const storage: Storage = { content, etag, sent: 0, transport: async (request) => await answer(storage, request) };
	const answer = async (
		of: Storage,
		{ headers, content: taker, signal }: TransportRequest,
	): Promise<TransportResponse> => {
		await Promise.resolve();
		throwIfCancelled(signal);
		// An answer is of one version, even if another one is stored meanwhile.
		const { content: stored, etag: version } = of;
		const condition = headers['if-match'];
		if (condition !== undefined && condition !== version) return { status: 412, headers: {}, text: '' };
		const luck = trouble ? random(0, 9) : 9;
		if (luck === 0) return { status: 503, headers: {}, text: '' };
		if (luck === 1) return { status: 403, headers: {}, text: '<Code>AccessDenied</Code>' };
		const [, first = '0', last] = (hasRanges && /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')) || [];
		const start = Number(first);
		const end = last === undefined ? stored.length : Math.min(Number(last) + 1, stored.length);
		const head = {
			status: last === undefined ? 200 : 206,
			headers: {
				etag: version,
				...(random(0, 1) === 0 && { 'content-length': String(end - start) }),
				...(last !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${stored.length}` }),
			},
		};
		if (taker?.takes(head) !== true) return { ...head, text: '' };
		const cutAt = luck === 2 ? random(start, end) : Infinity;
		for (let at = start; at < end;) {
			throwIfCancelled(signal);
			if (at >= cutAt) throw new MasvConnectionError('Cut', { code: 'connection_lost' });
			const piece = stored.subarray(at, Math.min(at + random(1, 200_000), end, Math.max(cutAt, at + 1)));
			// The memory is used again, as by a socket.
			const memory = Buffer.from(piece);
			const pause = taker.take(memory);
			memory.fill(0);
			of.sent += piece.length;
			at += piece.length;
			await pause;
		}
		return { ...head, text: '' };
	};
	return storage;
}

function etagOf(content: Buffer, partBytes: number): string {
	const md5s: Buffer[] = [];
	for (let at = 0; at === 0 || at < content.length; at += partBytes) {
		md5s.push(
			createHash('md5')
				.update(content.subarray(at, at + partBytes))
				.digest(),
		);
	}
	return `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}"`;
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed);

function begin(seed: number, trouble: boolean) {
	const random = randomOf(seed);
	const content = patternBytes(random(0, 3) === 0 ? random(1, 3_000) : random(1, 9 * mebibyte), seed + 1);
	const partBytes = [100_000, mebibyte, 3 * mebibyte, 20 * mebibyte][random(0, 3)] as number;
	const storage = createStorage(random, content, etagOf(content, partBytes), { trouble });
	const client = (signal?: AbortSignal): MasvClient =>
		new MasvClient({
			baseUrl: 'https://masv.test',
			apiKey: 'key',
			teamId: 'team',
			transport: storage.transport,
			clock: instantClock(),
			hashing: nodeHashing,
			signal,
		});
	const file = (sink: FileToDownload['sink']): FileToDownload => ({
		id: 'f1',
		name: 'a.mov',
		path: '',
		bytes: random(0, 4) === 0 ? undefined : content.length,
		modifiedAt: undefined,
		partBytes: random(0, 4) === 0 ? undefined : partBytes,
		sink,
		address: async () => await Promise.resolve({ url: 'https://storage.test/f1?signature', headers: {}, body: '' }),
	});
	const options = {
		policy: outageOf(24 * 60 * 60_000),
		parallelRanges: random(1, 9),
		rangeBytes: random(0, 1) === 0 ? undefined : random(1, 4 * mebibyte),
		verifyContent: (['automatic', 'always', 'never'] as const)[random(0, 2)],
	};
	return { random, content, storage, client, file, options };
}

describe('a download of any size, in ranges of any size, that arrives in pieces of any size', () => {
	it.each(seeds)('is the file, whatever breaks: seed %i', async (seed) => {
		const { content, client, file, options } = begin(seed, true);
		const sink = memorySink();
		const [result] = await downloadAll(client(), [file(sink)], options);
		if (result?.status === 'rejected') throw result.reason;
		expect(sink.file?.bytes.equals(content)).toBe(true);
		if (options.verifyContent === 'never') expect(result?.value.verified).toBe(false);
	});

	it.each(seeds)('is the file, after any number of runs that ended in the middle: seed %i', async (seed) => {
		const { random, content, storage, client, file, options } = begin(seed, false);
		const sink = memorySink();
		const lines: DownloadLine[] = [];
		let result: PromiseSettledResult<unknown> | undefined;
		for (let run = 1; run < 8 && result?.status !== 'fulfilled'; run++) {
			// What a killed process has noted is a prefix.
			const kept = JSON.parse(JSON.stringify(lines.slice(0, random(lines.length / 2, lines.length)))) as unknown[];
			const stop = new AbortController();
			let writes = run === 7 ? Infinity : random(1, 20);
			sink.onWrite = () => {
				if (--writes === 0) stop.abort();
			};
			const notebook = {
				fence: run,
				files: (await readNotes(kept, instantClock())).files,
				write: async (line: DownloadLine) => {
					lines.push(line);
					return await Promise.resolve();
				},
			};
			[result] = await downloadAll(client(stop.signal), [file(sink)], { ...options, notebook });
		}
		if (result?.status === 'rejected') throw result.reason;
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(storage.sent).toBeGreaterThanOrEqual(content.length);
	});

	it.each(seeds)('never mixes two versions: seed %i', async (seed) => {
		const { random, content, storage, client, file, options } = begin(seed, false);
		const other = patternBytes(content.length, seed + 1_000);
		const sink = memorySink();
		let writes = random(1, 12);
		sink.onWrite = () => {
			if (--writes === 0) Object.assign(storage, { content: other, etag: etagOf(other, mebibyte) });
		};
		const [result] = await downloadAll(client(), [file(sink)], options);
		if (result?.status === 'rejected') throw result.reason;
		const received = sink.file?.bytes ?? Buffer.alloc(0);
		expect(received.equals(content) || received.equals(other)).toBe(true);
	});

	it.each(seeds)('is handed on in order, within a window: seed %i', async (seed) => {
		const { random, content, client, file, options } = begin(seed, false);
		const { sink, pieces } = createOrderedStream('a.mov', random(1, 4) * mebibyte);
		const reading = (async () => {
			const read: Uint8Array[] = [];
			for await (const piece of pieces) {
				read.push(Buffer.from(piece));
				if (random(0, 3) === 0) await new Promise((resolve) => setImmediate(resolve));
			}
			return Buffer.concat(read);
		})();
		const [[result], received] = await Promise.all([downloadAll(client(), [file(sink)], options), reading]);
		if (result?.status === 'rejected') throw result.reason;
		expect(received.equals(content)).toBe(true);
	});
});
