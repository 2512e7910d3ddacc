import type { ContentChecks } from '../../../masv/download/contentChecks';
import type { DownloadRun, FileToDownload } from '../../../masv/download/downloadRun';
import { verify } from '../../../masv/download/verify';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import type { OpenSink } from '../../../masv/transfer/sink';
import { patternBytes } from '../../support/testSources';

const content = patternBytes(1_000, 1);
const file = { id: '1', name: 'a.mov', path: '', partBytes: undefined } as FileToDownload;

function md5Of(bytes: Uint8Array): string {
	const md5 = nodeHashing.md5();
	md5.update(bytes);
	return md5.hex();
}

/** Reads back a file of which no MD5 was computed. @param admits whether there is time for so many bytes */
async function readBack(admits: ContentChecks['admits'], stored = content) {
	const lent = new Set<Uint8Array>();
	const pool = {
		take: () => {
			const buffer = new Uint8Array(300);
			lent.add(buffer);
			return buffer;
		},
		give: (buffer: Uint8Array) => void lent.delete(buffer),
	};
	const checks = { mode: 'automatic', hashing: nodeHashing, admits, partSums: 'untried', onWarning: () => undefined };
	const sink = {
		read: async (into: Uint8Array, at: number) => {
			const piece = stored.subarray(at, at + into.length);
			into.set(piece);
			return await Promise.resolve(piece.length);
		},
	};
	const version = { bytes: content.length, etag: `"${md5Of(content)}"`, lastModified: undefined };
	const received = { version, sums: new Map<number, string>(), isHidden: false, resumedBytes: 0, retriedRanges: 0 };
	const run = { pool, checks, client: { signal: undefined } } as unknown as DownloadRun;
	const verdict = await verify(run, file, sink as unknown as OpenSink, received, false);
	return { kind: verdict.kind, lent: lent.size };
}

describe('a file that is read back', () => {
	it('is verified, and its buffer can be used for the next one', async () => {
		expect(await readBack(() => true)).toEqual({ kind: 'verified', lent: 0 });
	});

	it('is admitted with the bytes that it has', async () => {
		const asked: number[] = [];
		await readBack((bytes) => asked.push(bytes) > 0);
		expect(asked.filter((bytes) => bytes > 0)).toEqual([300, 300, 300, 100]);
	});

	it('stays unverified when there is no time left, and keeps no buffer', async () => {
		expect(await readBack((bytes) => bytes === 0)).toEqual({ kind: 'unknown', lent: 0 });
	});

	it('stays unverified if its sink cannot be read, and keeps no buffer', async () => {
		expect(await readBack(() => true, content.subarray(0, 0))).toEqual({ kind: 'unknown', lent: 0 });
	});
});

describe('a large file of which some blocks have no MD5', () => {
	const blockBytes = 40 * 1024 * 1024;
	const zeros = new Uint8Array(blockBytes);
	const bytes = 3 * blockBytes;
	const md5 = md5Of(zeros);
	const etagSum = nodeHashing.md5();
	for (let block = 0; block < 3; block++) etagSum.update(Buffer.from(md5, 'hex'));
	const version = { bytes, etag: `"${etagSum.hex()}-3"`, lastModified: undefined };

	it.each([
		[1, 'automatic', false, 'verified'],
		[2, 'automatic', false, 'unknown'],
		[2, 'automatic', true, 'verified'],
		[2, 'always', false, 'verified'],
	])('if there are %d, and it is to be verified (%s, needed: %s), is %s', async (missing, mode, isNeeded, kind) => {
		const pool = { take: () => new Uint8Array(blockBytes), give: () => undefined };
		const checks = { mode, hashing: nodeHashing, admits: () => true, partSums: 'untried' };
		const sink = { read: async (into: Uint8Array) => await Promise.resolve(into.fill(0).length) };
		const sums = new Map([0, 1, 2].slice(missing).map((block) => [block * blockBytes, md5]));
		const received = { version, sums, isHidden: false, resumedBytes: 0, retriedRanges: 0 };
		const run = { pool, checks, client: { signal: undefined } } as unknown as DownloadRun;
		const parts = { ...file, partBytes: blockBytes };
		expect(await verify(run, parts, sink as unknown as OpenSink, received, isNeeded)).toMatchObject({ kind });
	});
});

it('does not call an empty file damaged, of which there is no block to compare', async () => {
	const checks = { mode: 'always', hashing: nodeHashing, admits: () => true, partSums: 'untried' };
	const version = { bytes: 0, etag: `"${md5Of(new Uint8Array(0))}"`, lastModified: undefined };
	const received = { version, sums: new Map(), isHidden: false, resumedBytes: 0, retriedRanges: 0 };
	const run = { checks, client: { signal: undefined } } as unknown as DownloadRun;
	expect(await verify(run, file, {} as OpenSink, received, true)).toEqual({ kind: 'unknown', md5: null });
});
