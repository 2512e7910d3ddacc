import type { RunningSums } from '../../../masv/download/blockSums';
import { startSums } from '../../../masv/download/blockSums';
import type { DownloadRun, FileToDownload } from '../../../masv/download/downloadRun';
import type { FetchedRange, RangeAccess } from '../../../masv/download/fetchRange';
import { fetchRange } from '../../../masv/download/fetchRange';
import { MasvConnectionError } from '../../../masv/errors';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import { createBufferPool } from '../../../masv/transfer/bufferPool';
import type { OpenSink } from '../../../masv/transfer/sink';
import type { LentFile, TransportRequest } from '../../../masv/transport';
import { failureOf } from '../../support/failureOf';
import { instantClock } from '../../support/instantClock';
import { patternBytes } from '../../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(4 * mebibyte, 1);

function md5Of(start: number, end: number): string {
	const md5 = nodeHashing.md5();
	md5.update(content.subarray(start, end));
	return md5.hex();
}

/** What happens to one request: bytes that arrive, by which way, and whether the connection is lost then. */
interface Attempt {
	bytes: number;
	/** How long it takes until they have arrived, in milliseconds. */
	ms?: number;
	isLent?: true;
	/** Blocks of which the other way has told the MD5. */
	sums?: Array<[number, string]>;
}

/** Receives all content, but for the last attempt of which the connection is lost. */
async function receive(
	attempts: Attempt[],
	sumsOf: (start: number, attempt: number) => RunningSums | undefined,
	{ connections = 8, isWhole = false }: { connections?: number; isWhole?: boolean } = {},
) {
	const written = Buffer.alloc(content.length);
	const ranges: Array<string | undefined> = [];
	const encodings = new Set<string | undefined>();
	let shown = 0;
	/** Whether the file could have been written in another way. */
	const offers: boolean[] = [];
	const lends: Array<{
		position: number;
		end: number | undefined;
		blockBytes: number | null | undefined;
		bufferBytes: number;
	}> = [];
	let attempt = -1;
	const storage = async (_: string, { headers, content: to }: TransportRequest): Promise<object> => {
		attempt++;
		const { bytes, ms = 0, isLent, sums = [] } = attempts[attempt] as Attempt;
		if (ms > 0) await clock.sleep(ms);
		ranges.push(headers.range);
		encodings.add(headers['accept-encoding']);
		offers.push(to?.lend !== undefined);
		const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
		const range = isWhole ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
		const status = isWhole ? 200 : 206;
		to?.takes({ status, headers: { ...range, 'content-length': String(content.length - start), etag: '"1"' } });
		if (isLent === true) {
			const lent = to?.lend?.() as LentFile;
			const { position, end, blockBytes, bufferBytes } = lent;
			lends.push({ position, end, blockBytes, bufferBytes });
			lent.arrived(bytes);
			content.copy(written, start, start, start + bytes);
			for (const [at, md5] of sums) lent.summed(at, md5);
			lent.written(bytes);
		} else if (bytes > 0) {
			await to?.take(content.subarray(start, start + bytes));
		}
		if (attempt < attempts.length - 1) throw new MasvConnectionError('lost', { code: 'connection_lost' });
		return await Promise.resolve({});
	};
	const clock = instantClock();
	const client = { storage, clock, signal: undefined, reportRetry: () => undefined };
	const run = {
		...{
			client,
			policy: outageOf(60_000),
			pool: createBufferPool(() => 1024 * 1024),
			meter: { advance: (bytes: number) => void (shown += bytes) },
		},
		width: { connections, moved: () => undefined, failed: () => undefined },
	} as unknown as DownloadRun;
	const sink: Pick<OpenSink, 'write' | 'lend'> = {
		write: async (piece, position) => await Promise.resolve(void written.set(piece, position)),
		lend: () => ({
			...{ file: 7, check: () => undefined, giveBack: () => undefined },
			explain: async (error) => await Promise.reject(error),
		}),
	};
	const access: RangeAccess = {
		...{ run, sink, file: { id: '1', name: 'a.mov', path: '' } as FileToDownload },
		address: { use: async (send: (to: object) => unknown) => await send({ url: 'https://a/', headers: {} }) },
		...{ known: () => ({}), isPlanned: () => false, onAnswer: () => undefined },
		startSums: ({ start }: { start: number }) => sumsOf(start, attempt),
	} as unknown as RangeAccess;
	Object.assign(access.address, { isOwnFailure: () => false });
	const end = isWhole ? undefined : content.length;
	const fetched: FetchedRange = await fetchRange(access, { start: 0, end });
	expect(written.equals(content)).toBe(true);
	expect([shown, [...encodings]]).toEqual([content.length, ['identity']]);
	return { fetched, ranges, lends, offers };
}

const blocksFrom = (start: number): RunningSums => startSums(nodeHashing, start, mebibyte, { admits: () => true });

describe('a range that takes several attempts', () => {
	it('has the sums of all blocks if all pieces were taken', async () => {
		const { fetched, ranges } = await receive(
			[{ bytes: 1_500_000 }, { bytes: content.length - 1_500_000 }],
			blocksFrom,
		);
		expect([...fetched.sums.keys()].sort()).toEqual([0, 1, 2, 3].map((index) => index * mebibyte));
		expect(ranges).toEqual(['bytes=0-4194303', 'bytes=1500000-4194303']);
	});

	it('has those of the blocks that begin later if there was no time for them at first', async () => {
		const { fetched } = await receive(
			[{ bytes: 1_500_000 }, { bytes: content.length - 1_500_000 }],
			(start, attempt) => (attempt === 0 ? undefined : blocksFrom(start)),
		);
		expect([...fetched.sums]).toEqual([2, 3].map((at) => [at * mebibyte, md5Of(at * mebibyte, (at + 1) * mebibyte)]));
	});

	it('goes on where another way of writing it has ended, with the sums of both', async () => {
		const { fetched, ranges, lends } = await receive(
			[
				{ bytes: 1_500_000, isLent: true, sums: [[0, md5Of(0, mebibyte)]] },
				{ bytes: 700_000 },
				{ bytes: content.length - 2_200_000, isLent: true, sums: [[3 * mebibyte, md5Of(3 * mebibyte, 4 * mebibyte)]] },
			],
			blocksFrom,
		);
		expect(ranges).toEqual(['bytes=0-4194303', 'bytes=1500000-4194303', 'bytes=2200000-4194303']);
		const facts = { end: content.length, blockBytes: mebibyte, bufferBytes: 128 * 1024 };
		expect(lends).toEqual([0, 2_200_000].map((position) => ({ position, ...facts })));
		expect([...fetched.sums]).toEqual([0, 3].map((at) => [at * mebibyte, md5Of(at * mebibyte, (at + 1) * mebibyte)]));
		expect(fetched.attempts).toBe(3);
	});

	it.each([false, true])('is received on a line that is slow and often cut, whoever writes it: %s', async (isLent) => {
		const slow: Attempt = { bytes: 1_000_000, ms: 70_000, ...(isLent && { isLent: true }) };
		const rest = { bytes: content.length - 4_000_000, ms: 70_000 };
		const { fetched } = await receive([slow, slow, slow, slow, rest], () => undefined);
		expect(fetched.attempts).toBe(5);
	});

	it('is received on a slow line that is cut, also from a storage without ranges', async () => {
		const slow = { bytes: 3_000_000, ms: 70_000 };
		const whole = { bytes: content.length, ms: 70_000 };
		const { fetched } = await receive([slow, whole], () => undefined, { isWhole: true });
		expect(fetched.attempts).toBe(2);
		expect(await failureOf(receive([slow, slow, whole], () => undefined, { isWhole: true }))).toMatchObject({
			message: 'lost (after 2 attempts)',
		});
	});

	it('is given up if nothing arrives for as long as an outage may last', async () => {
		const silent = { bytes: 0, ms: 70_000 };
		expect(await failureOf(receive([silent, { bytes: content.length }], () => undefined))).toMatchObject({
			code: 'content_not_received',
			message: 'lost (after 1 attempt)',
		});
	});

	it('gives each of many connections its share of 8 MiB where it is written in another way', async () => {
		const { lends } = await receive([{ bytes: content.length, isLent: true }], blocksFrom, { connections: 256 });
		expect(lends).toMatchObject([{ bufferBytes: 32 * 1024 }]);
	});

	it('is not asked for again if only what follows it was lost', async () => {
		const { fetched, ranges } = await receive([{ bytes: content.length }, { bytes: 0 }], blocksFrom);
		expect(ranges).toEqual(['bytes=0-4194303']);
		expect([fetched.end, fetched.sums.size]).toEqual([content.length, 4]);
	});

	it('offers no other way for what is short', async () => {
		const { offers } = await receive(
			[{ bytes: content.length - mebibyte }, { bytes: 1 }, { bytes: mebibyte - 1 }],
			blocksFrom,
		);
		expect(offers).toEqual([true, true, false]);
	});
});

describe('content that comes without ranges, in several attempts', () => {
	const isWhole = { isWhole: true };

	it('is received from the beginning each time, and counted once', async () => {
		const attempts = [{ bytes: 1_500_000 }, { bytes: content.length }];
		const { fetched, ranges } = await receive(attempts, blocksFrom, isWhole);
		expect(ranges).toEqual([undefined, undefined]);
		expect([...fetched.sums.keys()].sort()).toEqual([0, 1, 2, 3].map((index) => index * mebibyte));
	});

	it('has no sums of an attempt that was given up', async () => {
		const first: Attempt = { bytes: 1_500_000, isLent: true, sums: [[0, md5Of(0, mebibyte)]] };
		const { fetched } = await receive([first, { bytes: content.length }], () => undefined, isWhole);
		expect(fetched.sums.size).toBe(0);
	});
});
