import { MasvClient } from '../../../masv/client';
import { startSums } from '../../../masv/download/blockSums';
import type { DownloadRun, FileToDownload } from '../../../masv/download/downloadRun';
import type { RangeAccess } from '../../../masv/download/fetchRange';
import { fetchRange } from '../../../masv/download/fetchRange';
import { MasvConnectionError } from '../../../masv/errors';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { outageOf } from '../../../masv/retry';
import { createBufferPool } from '../../../masv/transfer/bufferPool';
import type { LentFile, ResponseContent, Transport } from '../../../masv/transport';
import { instantClock } from '../../support/instantClock';
import { patternBytes } from '../../support/testSources';

const bytes = 2_000_000;
const blockBytes = 500_000;
const content = patternBytes(bytes, 5);
/** In the middle of the second block. */
const cut = 700_000;

function md5Of(piece: Uint8Array): string {
	const md5 = nodeHashing.md5();
	md5.update(piece);
	return md5.hex();
}

/** How the content of one response is handed over, from a position to another one. */
type Handing = (content: ResponseContent, from: number, to: number) => void;

const pieces: Handing = (taker, from, to) => void taker.take(content.subarray(from, to));
/** Writes elsewhere, where the MD5s of the blocks are computed. */
const elsewhere: Handing = (taker, from, to) => {
	const lent = taker.lend?.() as LentFile;
	expect([lent.position, lent.blockBytes]).toEqual([from, blockBytes]);
	const sums = startSums(nodeHashing, from, blockBytes, { admits: () => true });
	sums.update(content.subarray(from, to));
	for (const [start, md5] of sums.complete) lent.summed(start, md5);
	lent.written(to - from);
	lent.giveBack();
};

/** Receives everything in two attempts. */
async function receive(first: Handing, second: Handing): Promise<Map<number, string>> {
	const handings = [first, second];
	const transport: Transport = async ({ content: taker, headers }) => {
		const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1]);
		const range = { 'content-range': `bytes ${from}-${bytes - 1}/${bytes}`, etag: '"1"' };
		const head = { status: 206, headers: { ...range, 'content-length': String(bytes - from) } };
		taker?.takes(head);
		const isLast = handings.length === 1;
		handings.shift()?.(taker as ResponseContent, from, isLast ? bytes : cut);
		if (!isLast) throw new MasvConnectionError('lost', { code: 'connection_lost' });
		return await Promise.resolve({ ...head, text: '' });
	};
	const client = new MasvClient({
		apiKey: 'key',
		teamId: 'team',
		transport,
		clock: instantClock(),
		hashing: nodeHashing,
	});
	const access = {
		run: {
			...{ client, pool: createBufferPool(() => 128 * 1024), policy: outageOf(60_000) },
			meter: { advance: () => undefined },
			width: { moved: () => undefined, failed: () => undefined },
		} as unknown as DownloadRun,
		file: { id: '1', name: 'a.mov', path: '' } as FileToDownload,
		sink: {
			write: async () => await Promise.resolve(),
			lend: () => ({ file: 1, giveBack: () => undefined }),
		},
		address: { use: async (send: (to: unknown) => Promise<void>) => await send(to), isOwnFailure: () => false },
		known: () => ({ bytes }),
		isPlanned: () => true,
		onAnswer: () => undefined,
		startSums: ({ start }: { start: number }) => startSums(nodeHashing, start, blockBytes, { admits: () => true }),
	};
	const to = { url: 'https://storage.masv.invalid/', headers: {} };
	const { start, end, sums } = await fetchRange(access as unknown as RangeAccess, { start: 0, end: bytes });
	expect([start, end]).toEqual([0, bytes]);
	return sums;
}

describe('a range that arrives in two attempts', () => {
	it.each([
		['as pieces, then elsewhere', pieces, elsewhere],
		['elsewhere, then as pieces', elsewhere, pieces],
		['as pieces', pieces, pieces],
		['elsewhere', elsewhere, elsewhere],
	])('has the right MD5s: %s', async (_, first, second) => {
		const sums = await receive(first, second);
		for (const [start, md5] of sums)
			expect([start, md5]).toEqual([start, md5Of(content.subarray(start, start + blockBytes))]);
		expect([...sums.keys()]).toEqual(expect.arrayContaining([0, 1_000_000, 1_500_000]));
	});
});
