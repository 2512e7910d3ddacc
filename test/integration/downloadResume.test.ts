import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { VerifyContent } from '../../masv/download/contentChecks';
import type { DownloadedFile, FileToDownload } from '../../masv/download/downloadRun';
import { takeDownload } from '../../masv/download/takeDownload';
import { MasvCancelledError, MasvTransferError } from '../../masv/errors';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { systemClock } from '../../masv/node/systemClock';
import { noRetry } from '../../masv/retry';
import type { Leases } from '../../masv/transfer/lease';
import { downloadAll } from '../support/downloadAll';
import { failureOf } from '../support/failureOf';
import type { MemorySink } from '../support/memorySink';
import { memorySink } from '../support/memorySink';
import type { Fault } from '../../sandbox/start';
import type { TestPackage } from '../support/testDownload';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(10 * mebibyte + 77, 3);
const key = 'd0';
const keys = { lease: key, record: key };
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a download that is run again', () => {
	let masv: TestMasv;
	let seeded: TestPackage;
	let folder: string;
	beforeAll(async () => {
		masv = await startTestMasv();
		seeded = await seedDownload(masv.sandbox, masv.client(), [
			{ name: 'reel.mov', content, partBytes: mebibyte },
			{ name: 'a.txt', content: 'small' },
		]);
	});
	beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'masv-download-'))));
	afterEach(async () => await rm(folder, { recursive: true, force: true }));
	afterAll(async () => await masv.close());

	interface RunOptions {
		signal?: AbortSignal;
		index?: number;
		more?: Partial<FileToDownload>;
		rangeBytes?: number;
		parallelRanges?: number;
		verifyContent?: VerifyContent;
	}
	/** One run, which notes in the folder. */
	const run = async (sink: MemorySink, options: RunOptions = {}): Promise<DownloadedFile> => {
		const client = masv.client({ signal: options.signal });
		const taken = await takeDownload(client, keys, {
			journal: folderJournal(folder),
			leases: folderLeases(folder, systemClock),
		});
		masv.sandbox.requests.length = 0;
		const file = seeded.file(client, options.index ?? 0, sink, options.more);
		const [result] = await downloadAll(client, [file], {
			policy: noRetry,
			parallelRanges: options.parallelRanges ?? 2,
			rangeBytes: options.rangeBytes ?? mebibyte,
			verifyContent: options.verifyContent,
			notebook: taken.notebook,
			guard: taken.guard,
		});
		await taken.end(result?.status === 'fulfilled');
		if (result?.status !== 'fulfilled') throw result?.reason;
		return result.value;
	};
	const requested = (): unknown[] =>
		masv.sandbox.requests.filter(({ step }) => step === 'getObject').map(({ headers }) => headers.range);
	/** A run that fails after four ranges. */
	const failing = async (options: RunOptions = {}): Promise<MemorySink> => {
		const sink = memorySink();
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 500, skip: 4, times: Infinity });
		await failureOf(run(sink, { parallelRanges: 1, ...options }));
		fault.remove();
		expect(sink.syncs).toBeGreaterThan(0);
		return sink;
	};

	it('receives only what is missing', async () => {
		const sink = await failing();
		const file = await run(sink);
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(file).toMatchObject({ resumed_bytes: 4 * mebibyte, verified: true });
		expect(requested()).toHaveLength(7);
		expect(requested()).not.toContain(`bytes=0-${mebibyte - 1}`);
		// Of the version that it has begun with.
		const conditions = masv.sandbox.requests.map(({ headers }) => headers['if-match']).filter(Boolean);
		expect(new Set(conditions).size).toBe(1);
	});

	it('goes on with ranges of another size, and receives nothing twice', async () => {
		const sink = await failing();
		const file = await run(sink, { rangeBytes: 3 * mebibyte });
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(file).toMatchObject({ resumed_bytes: 4 * mebibyte, verified: true });
		expect(requested()).toContain(`bytes=${4 * mebibyte}-${6 * mebibyte - 1}`);
	});

	it('continues after it was canceled', async () => {
		const stop = new AbortController();
		const sink = memorySink();
		sink.onWrite = (position) => {
			if (position >= 5 * mebibyte) stop.abort();
		};
		expect(await failureOf(run(sink, { signal: stop.signal }))).toBeInstanceOf(MasvCancelledError);
		sink.onWrite = () => undefined;
		const { resumed_bytes: resumed } = await run(sink);
		expect(resumed).toBeGreaterThan(0);
		expect(sink.file?.bytes.equals(content)).toBe(true);
	});

	it.each<[string, (sink: MemorySink) => void]>([
		[
			'the partial file was deleted and begun again',
			(sink) => ([sink.identity, sink.partial] = ['second', Buffer.alloc(0)]),
		],
		['another program has cut the partial file off', (sink) => (sink.partial = sink.partial.subarray(0, mebibyte))],
		['the notes are gone', () => rmSync(folder, { recursive: true })],
	])('begins again if %s', async (_, change) => {
		const sink = await failing();
		change(sink);
		const file = await run(sink);
		expect(file).toMatchObject({ resumed_bytes: 0, verified: true });
		expect(sink.file?.bytes.equals(content)).toBe(true);
	});

	it('begins again if the file in MASV is another one now', async () => {
		const sink = await failing();
		const other = patternBytes(content.length, 99);
		const changed = await seedDownload(masv.sandbox, masv.client(), [{ name: 'reel.mov', content: other }]);
		const { address } = changed.file(masv.client(), 0, sink);
		const file = await run(sink, { more: { address, partBytes: undefined } });
		expect(sink.file?.bytes.equals(other)).toBe(true);
		expect(file.verified).toBe(true);
	});

	it.each<[string, Omit<Fault, 'step'>]>([
		['in one piece', { kind: 'ignoreRange' }],
		['with an ETag that cannot be noted', { kind: 'alterAnswer', headers: { etag: 'W/"weak"' } }],
	])('never mixes two versions if a run in between has died while it received another one %s', async (_, fault) => {
		const sink = await failing();
		const other = patternBytes(content.length, 99);
		const changed = await seedDownload(masv.sandbox, masv.client(), [{ name: 'reel.mov', content: other }]);
		const { address } = changed.file(masv.client(), 0, sink);
		sink.onWrite = (position) => {
			if (position >= 3 * mebibyte) throw new MasvTransferError('No', { file: 'reel.mov', code: 'file_not_writable' });
		};
		// The first request, for the version that was begun, is refused.
		const injected = masv.sandbox.inject({ step: 'getObject', ...fault, skip: 1, times: Infinity });
		await failureOf(run(sink, { more: { address, partBytes: undefined }, parallelRanges: 1 }));
		expect(injected.hits()).toBeGreaterThan(0);
		injected.remove();
		sink.onWrite = () => undefined;
		await run(sink);
		expect(sink.file?.bytes.equals(content)).toBe(true);
	});

	it('begins again if what an earlier run has written does not match the ETag', async () => {
		const sink = await failing({ verifyContent: 'never' });
		sink.partial[100] = 255 - (sink.partial[100] ?? 0);
		expect(await run(sink)).toMatchObject({ resumed_bytes: 0, verified: true });
		expect(sink.file?.bytes.equals(content)).toBe(true);
	});

	it('begins again if only a weak ETag is known, which other content may have, too', async () => {
		const sink = memorySink();
		const weak = { kind: 'alterAnswer', headers: { etag: 'W/"1"' } } as const;
		const faults = [
			masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 500, skip: 4, times: 1 }),
			masv.sandbox.inject({ step: 'getObject', ...weak, times: Infinity }),
		];
		await failureOf(run(sink, { parallelRanges: 1 }));
		const file = await run(sink);
		for (const fault of faults) fault.remove();
		expect(file.resumed_bytes).toBe(0);
		expect(sink.file?.bytes.equals(content)).toBe(true);
	});

	it('notes nothing without a lease, because another run may note as well', async () => {
		const leases = { take: async () => await Promise.resolve(undefined) };
		const taken = await takeDownload(masv.client(), keys, { journal: folderJournal(folder), leases });
		expect(taken.notebook).toBeUndefined();
		await taken.end(true);
	});

	it.each([true, false])(
		'requests nothing more if only the last step was missing (ETag is a checksum: %s)',
		async (isSum) => {
			const usual = { masv, seeded };
			if (!isSum) {
				masv = await startTestMasv({ opaqueEtags: true });
				seeded = await seedDownload(masv.sandbox, masv.client(), [{ name: 'reel.mov', content, partBytes: mebibyte }]);
			}
			try {
				const sink = memorySink();
				const open = sink.open.bind(sink);
				const broken = new MasvTransferError('No', { file: 'reel.mov', code: 'file_not_readable' });
				sink.open = async () => ({ ...(await open()), finish: async () => await Promise.reject(broken) });
				expect(await failureOf(run(sink))).toBe(broken);
				sink.open = open;
				expect(await run(sink)).toMatchObject({ resumed_bytes: content.length, verified: isSum });
				expect(requested()).toEqual([]);
				expect(sink.file?.bytes.equals(content)).toBe(true);
			} finally {
				if (!isSum) await masv.close();
				({ masv, seeded } = usual);
			}
		},
	);

	it('does not note small files', async () => {
		const lines: unknown[] = [];
		const write = async (line: unknown): Promise<void> => await Promise.resolve(void lines.push(line));
		const client = masv.client();
		const notebook = { fence: 1, files: new Map(), write };
		await downloadAll(client, [seeded.file(client, 1, memorySink())], { notebook });
		expect(lines).toEqual([]);
	});

	it('does not write any more once another run has taken over', async () => {
		const sink = memorySink();
		const lost = new MasvTransferError('Lost', { file: '', code: 'delivery_taken_over' });
		let checks = 0;
		const guard = { check: async () => (++checks > 3 ? await Promise.reject(lost) : await Promise.resolve()) };
		const client = masv.client();
		const [result] = await downloadAll(client, [seeded.file(client, 0, sink)], { guard, parallelRanges: 1 });
		expect(result).toMatchObject({ status: 'rejected', reason: lost });
		expect(sink.written).toBeLessThanOrEqual(3 * 512 * 1024);
		expect(sink.file).toBeUndefined();
	});

	it('ends when another run has taken its folder over, and leaves the file to that one', async () => {
		let isHeld = true;
		const lease = { fence: 1, isHeld: async () => await Promise.resolve(isHeld), release: async () => {} };
		const leases: Leases = { take: async () => await Promise.resolve(lease) };
		const client = masv.client();
		const { guard } = await takeDownload(client, keys, { leases });
		isHeld = false;
		const sink = memorySink();
		const [result] = await downloadAll(client, [seeded.file(client, 0, sink)], { guard });
		expect(result).toMatchObject({ status: 'rejected', reason: { code: 'delivery_taken_over' } });
		expect([sink.written, sink.file]).toEqual([0, undefined]);
	});

	it('fails while another run works on it, or waits for its end', async () => {
		const answers = ['held', 'held', { fence: 7, isHeld: async () => await Promise.resolve(true), release }] as const;
		let asked = 0;
		let released = 0;
		async function release(): Promise<void> {
			released++;
			return await Promise.resolve();
		}
		const leases: Leases = { take: async () => await Promise.resolve(answers[asked++]) };
		expect(await failureOf(takeDownload(masv.client(), keys, { leases }))).toMatchObject({ code: 'download_running' });
		const taken = await takeDownload(masv.client(), keys, {
			leases,
			journal: folderJournal(folder),
			ifRunning: 'wait',
		});
		expect([taken.notebook?.fence, asked, released]).toEqual([7, 3, 0]);
		await taken.end(true);
		expect(released).toBe(1);
	});
});
