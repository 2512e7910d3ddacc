import { createHash } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createOrderedStream } from '../../masv/download/orderedStream';
import type { DownloadOptions } from '../../masv/download/downloadFiles';
import type { DownloadedFile, FileToDownload } from '../../masv/download/downloadRun';
import { MasvCancelledError } from '../../masv/errors';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { noRetry } from '../../masv/retry';
import type { Progress } from '../../masv/transfer/progress';
import type { SeededFile } from '../../sandbox/start';
import { downloadAll } from '../support/downloadAll';
import type { MemorySink } from '../support/memorySink';
import { memorySink } from '../support/memorySink';
import { patientTimeouts } from '../support/patientTimeouts';
import { selfSigned } from '../support/selfSigned';
import type { TestPackage } from '../support/testDownload';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { failureOf } from '../support/failureOf';
import { patternBytes } from '../support/testSources';

const mebibyte = 1024 * 1024;
const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore.each([
	['over TLS', { storageTls: certificate }],
	['without TLS', {}],
])('a download %s', (_, options) => {
	let masv: TestMasv;
	const transport = createNodeTransport(patientTimeouts);
	const client: TestMasv['client'] = (more) => masv.client({ transport, ...more });
	beforeAll(async () => (masv = await startTestMasv(options)));
	beforeEach(() => void (masv.sandbox.requests.length = 0));
	afterAll(async () => {
		await transport.destroy();
		await masv.close();
	});

	const content = patternBytes(20 * mebibyte + 77, 3);
	const seed = async (...files: SeededFile[]): Promise<TestPackage> =>
		await seedDownload(masv.sandbox, client(), files);
	const download = async (file: FileToDownload, more: DownloadOptions = {}): Promise<DownloadedFile> => {
		const [result] = await downloadAll(client(), [file], { policy: noRetry, ...more });
		if (result?.status !== 'fulfilled') throw result?.reason;
		return result.value;
	};
	const rangesOfRequests = (): unknown[] =>
		masv.sandbox.requests.filter(({ step }) => step === 'getObject').map(({ headers }) => headers.range);

	it('receives a large file in ranges, and compares it with the ETag', async () => {
		const seeded = await seed({ name: 'reel.mov', path: 'day 1', content, partBytes: 5 * mebibyte });
		const sink = memorySink();
		const file = await download(seeded.file(client(), 0, sink), { rangeBytes: 5 * mebibyte });
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(file).toMatchObject({
			name: 'reel.mov',
			path: 'day 1',
			size: content.length,
			location: '/in/memory',
			md5: null,
			verified: true,
			resumed_bytes: 0,
			retried_ranges: 0,
		});
		expect(rangesOfRequests()).toHaveLength(5);
		expect([sink.opened, sink.closed]).toEqual([1, 1]);
	});

	it('asks for no version by a weak ETag, which matches none', async () => {
		const seeded = await seed({ name: 'reel.mov', content });
		const weak = { kind: 'alterAnswer', headers: { etag: 'W/"1"' } } as const;
		const fault = masv.sandbox.inject({ step: 'getObject', ...weak, times: Infinity });
		const sink = memorySink();
		const file = await download(seeded.file(client(), 0, sink), { rangeBytes: 5 * mebibyte });
		fault.remove();
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(file).toMatchObject({ verified: false, retried_ranges: 0 });
	});

	it('receives a small file with two requests, and tells its MD5', async () => {
		const small = patternBytes(10_000, 5);
		const seeded = await seed({ name: 'a.txt', content: small });
		const sink = memorySink();
		masv.sandbox.requests.length = 0;
		const file = await download(seeded.file(client(), 0, sink));
		expect(sink.file?.bytes.equals(small)).toBe(true);
		expect(sink.file?.modifiedAt).toBeInstanceOf(Date);
		expect(file).toMatchObject({ md5: md5(small), verified: true });
		expect(masv.sandbox.requests.map(({ step }) => step)).toEqual(['downloadFile', 'getObject']);
	});

	it('requests nothing for an empty file', async () => {
		const seeded = await seed({ name: 'empty', content: '' });
		const sink = memorySink();
		masv.sandbox.requests.length = 0;
		expect(await download(seeded.file(client(), 0, sink))).toMatchObject({ size: 0, md5: null });
		expect(sink.file?.bytes).toHaveLength(0);
		expect(masv.sandbox.requests).toEqual([]);
	});

	it('receives a file whose size MASV does not tell', async () => {
		const seeded = await seed({ name: 'package.zip', content });
		const sink = memorySink();
		const file = await download(seeded.file(client(), 0, sink, { bytes: undefined }));
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(file).toMatchObject({ size: content.length, verified: true });
	});

	it.each([
		['a page with 200', { kind: 'html', status: 200 } as const],
		['an empty answer', { kind: 'emptyOk' } as const],
	])('does not take %s for a file whose size MASV does not tell', async (_, answer) => {
		const seeded = await seed({ name: 'package.zip', content });
		const sink = memorySink();
		const fault = masv.sandbox.inject({ step: 'getObject', ...answer, times: Infinity });
		const failure = await failureOf(download(seeded.file(client(), 0, sink, { bytes: undefined })));
		fault.remove();
		expect(failure).toMatchObject({ code: 'content_not_received' });
		expect(sink.file).toBeUndefined();
	});

	it('says neither how much is left nor for how long where MASV does not tell a size', async () => {
		const seeded = await seed({ name: 'package.zip', content }, { name: 'notes.txt', content: 'notes' });
		const reports: Progress[] = [];
		const files = [{ bytes: undefined }, {}].map((more, index) => seeded.file(client(), index, memorySink(), more));
		await downloadAll(client(), files, { onProgress: (each) => void reports.push(each), progressEveryMs: 0 });
		expect(reports.at(-1)).toMatchObject({ bytes: content.length + 5, files: 2, totalFiles: 2 });
		const told = new Set(reports.map(({ totalBytes, secondsLeft }) => `${totalBytes} ${secondsLeft}`));
		expect([...told]).toEqual(['undefined undefined']);
	});

	it('receives an empty file whose size MASV does not tell', async () => {
		const seeded = await seed({ name: 'empty', content: '' });
		const sink = memorySink();
		expect(await download(seeded.file(client(), 0, sink, { bytes: undefined }))).toMatchObject({ size: 0 });
		expect(sink.file?.bytes).toHaveLength(0);
		expect(rangesOfRequests().slice(-2)).toEqual(['bytes=0-33554431', undefined]);
	});

	it('reads everything over one connection where ranges are ignored', async () => {
		const seeded = await seed({ name: 'reel.mov', content });
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'ignoreRange', times: Infinity });
		const sink = memorySink();
		await download(seeded.file(client(), 0, sink), { rangeBytes: mebibyte });
		fault.remove();
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(rangesOfRequests()).toHaveLength(1);
	});

	it('reads everything over one connection if ranges are ignored later on', async () => {
		const seeded = await seed({ name: 'reel.mov', content });
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'ignoreRange', skip: 2, times: Infinity });
		const sink = memorySink();
		await download(seeded.file(client(), 0, sink), { rangeBytes: mebibyte });
		fault.remove();
		expect(sink.file?.bytes.equals(content)).toBe(true);
		// A range that was requested before may arrive after it.
		expect(rangesOfRequests()).toContain(undefined);
	});

	it('ends at once when it is canceled, even if the disk hangs', async () => {
		const seeded = await seed({ name: 'reel.mov', content });
		const stop = new AbortController();
		const sink = memorySink({
			onWrite: async () => {
				setImmediate(() => stop.abort());
				await new Promise(() => undefined);
			},
		});
		const canceled = client({ signal: stop.signal });
		const [result] = await downloadAll(canceled, [seeded.file(canceled, 0, sink)]);
		expect(result).toMatchObject({ status: 'rejected', reason: expect.any(MasvCancelledError) as Error });
		expect([sink.closed, sink.file]).toEqual([1, undefined]);
	});

	it('does not compare an ETag that is not a checksum, as the storage says', async () => {
		const opaque = await startTestMasv({ ...options, opaqueEtags: true });
		const by = opaque.client({ transport });
		const seeded = await seedDownload(opaque.sandbox, by, [{ name: 'reel.mov', content, partBytes: mebibyte }]);
		const sink = memorySink();
		const [result] = await downloadAll(by, [seeded.file(by, 0, sink)], { verifyContent: 'always' });
		expect(result).toMatchObject({ status: 'fulfilled', value: { verified: false, md5: null } });
		expect(opaque.sandbox.requests.filter(({ step }) => step === 'getObject')).toHaveLength(7);
		await opaque.close();
	});

	it('believes content that arrives twice in the same way rather than a part size that may be wrong', async () => {
		const seeded = await seed({ name: 'reel.mov', content, partBytes: 5 * mebibyte });
		const sink = memorySink();
		const warnings: string[] = [];
		const [file, onWarning] = [
			seeded.file(client(), 0, sink, { partBytes: 5 * mebibyte - 1 }),
			(text: string) => void warnings.push(text),
		];
		expect(await download(file, { verifyContent: 'always', onWarning })).toMatchObject({ verified: false });
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(warnings).toEqual([expect.stringContaining('received twice with the same content')]);
	});

	it('believes an ETag rather than content that arrives twice in the same way, once that of another file has matched', async () => {
		const files = ['proof.mov', 'reel.mov'].map((name) => ({ name, content, partBytes: 5 * mebibyte }));
		const seeded = await seed(...files);
		const sinks = files.map(() => memorySink());
		const partBytes = [5 * mebibyte, 5 * mebibyte - 1];
		const wanted = sinks.map((sink, index) => seeded.file(client(), index, sink, { partBytes: partBytes[index] }));
		const options = { policy: noRetry, verifyContent: 'always', parallelRanges: 1 } as const;
		const [proof, other] = await downloadAll(client(), wanted, options);
		expect(proof).toMatchObject({ status: 'fulfilled', value: { verified: true } });
		expect(other).toMatchObject({ status: 'rejected', reason: { code: 'content_damaged' } });
		expect(sinks[1]?.file).toBeUndefined();
	});

	describe('as a stream', () => {
		/** @returns what was handed over, and the result */
		const stream = async (
			{ partBytes, damages }: { partBytes: number; damages: number },
			more: DownloadOptions = {},
		): Promise<{ handed: Buffer; result: unknown }> => {
			const seeded = await seed({ name: 'reel.mov', content, partBytes: mebibyte });
			// In which ranges neither begin nor end where parts do.
			const ordered = createOrderedStream('reel.mov', 8 * mebibyte - 5);
			const handed: Uint8Array[] = [];
			const reading = (async () => {
				for await (const piece of ordered.pieces) handed.push(Buffer.from(piece));
			})().catch(() => undefined);
			if (damages > 0) masv.sandbox.inject({ step: 'getObject', kind: 'damage', times: damages });
			const by = client();
			const file = seeded.file(by, 0, ordered.sink, { partBytes });
			const [result] = await downloadAll(by, [file], { policy: noRetry, verifyContent: 'always', ...more });
			await reading;
			return { handed: Buffer.concat(handed), result };
		};

		it('compares content of several parts with the ETag as it is received', async () => {
			const { handed, result } = await stream({ partBytes: mebibyte, damages: 0 });
			expect(result).toMatchObject({ status: 'fulfilled', value: { verified: true } });
			expect(handed.equals(content)).toBe(true);
		});

		it('computes nothing if content is not to be verified', async () => {
			const { result } = await stream({ partBytes: mebibyte, damages: 1 }, { verifyContent: 'never' });
			expect(result).toMatchObject({ status: 'fulfilled', value: { verified: false } });
		});

		it('receives it again to find out whether what it has handed over was damaged', async () => {
			const { result } = await stream({ partBytes: mebibyte, damages: 1 });
			expect(result).toMatchObject({ status: 'rejected', reason: { code: 'content_damaged' } });
		});

		it('succeeds, unverified, if the same arrives again: then the ETag has other parts', async () => {
			const { handed, result } = await stream({ partBytes: 1_000_000, damages: 0 });
			expect(result).toMatchObject({ status: 'fulfilled', value: { verified: false } });
			expect(handed.equals(content)).toBe(true);
		});

		it('compares what is received over one connection, and only once, if ranges are ignored', async () => {
			const fault = masv.sandbox.inject({ step: 'getObject', kind: 'ignoreRange', times: Infinity });
			const { handed, result } = await stream({ partBytes: mebibyte, damages: 0 });
			fault.remove();
			expect(result).toMatchObject({ status: 'fulfilled', value: { verified: true } });
			expect(handed.equals(content)).toBe(true);
			expect(rangesOfRequests()).toHaveLength(1);
		});
	});

	it('receives many files at once', async () => {
		const contents = Array.from({ length: 60 }, (_each, index) => patternBytes(index * 1_000, index));
		const seeded = await seed(...contents.map((each, index) => ({ name: `${index}.txt`, content: each })));
		const sinks = contents.map(() => memorySink());
		const files = sinks.map((sink, index) => seeded.file(client(), index, sink));
		const results = await downloadAll(client(), files);
		expect(results.map(({ status }) => status)).toEqual(contents.map(() => 'fulfilled'));
		expect(sinks.every((sink: MemorySink, index) => sink.file?.bytes.equals(contents[index] as Buffer))).toBe(true);
	});
});
