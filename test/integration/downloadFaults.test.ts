import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';

import { downloadFiles } from '../../masv/download/downloadFiles';
import type { DownloadedFile } from '../../masv/download/downloadRun';
import { MasvError } from '../../masv/errors';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { outageOf } from '../../masv/retry';
import type { Fault, Step } from '../../sandbox/start';
import type { MemorySink } from '../support/memorySink';
import { memorySink } from '../support/memorySink';
import { selfSigned } from '../support/selfSigned';
import type { TestPackage } from '../support/testDownload';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { patternBytes, startTestMasv } from '../support/testMasv';

/** Steps of one download. The file has three ranges, which are asked for one after another. */
const steps: Array<{ name: string; step: Step; skip?: number }> = [
	{ name: 'address', step: 'downloadFile' },
	{ name: 'first range', step: 'getObject' },
	{ name: 'middle range', step: 'getObject', skip: 1 },
	{ name: 'last range', step: 'getObject', skip: 2 },
];

const xml = (code: string): string =>
	`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

interface FaultCase {
	name: string;
	fault: Omit<Fault, 'step'>;
	/** Only where the storage is asked. */
	ofStorage?: true;
	/** Codes of errors of a permanent fault; undefined if the file arrives in spite of it. */
	codes?: string[];
}

const notReceived = ['content_not_received'];
const changed = ['content_changed'];

const faults: FaultCase[] = [
	{ name: '429', fault: { kind: 'status', status: 429, body: '{"message":"slow down"}' } },
	{ name: '500', fault: { kind: 'status', status: 500, body: '{"code":1,"message":"oops"}' } },
	{ name: '502 HTML', fault: { kind: 'html', status: 502 } },
	{ name: 'SlowDown', fault: { kind: 'status', status: 503, body: xml('SlowDown'), contentType: 'application/xml' } },
	{ name: 'refused', fault: { kind: 'refuse' } },
	{ name: 'reset before body', fault: { kind: 'resetBeforeBody' } },
	{ name: 'reset after request', fault: { kind: 'resetAfterBody' } },
	{ name: 'lost response 502', fault: { kind: 'lostAnswerStatus', status: 502 } },
	{ name: 'cut', fault: { kind: 'cutAnswer' } },
	{ name: 'hang', fault: { kind: 'hang' } },
	{ name: 'stalled body', fault: { kind: 'stallAnswer' } },
	{ name: 'empty 200', fault: { kind: 'emptyOk' } },
	{ name: 'page with 200', fault: { kind: 'html', status: 200 } },
	{
		name: '403 expired',
		fault: { kind: 'status', status: 403, body: xml('AccessDenied'), contentType: 'application/xml' },
		ofStorage: true,
		codes: notReceived,
	},
	{
		name: '412',
		fault: { kind: 'status', status: 412, body: xml('PreconditionFailed') },
		ofStorage: true,
		codes: changed,
	},
	{ name: '416', fault: { kind: 'status', status: 416, body: xml('InvalidRange') }, ofStorage: true, codes: changed },
	{
		name: 'another ETag',
		fault: { kind: 'alterAnswer', headers: { etag: '"00000000000000000000000000000000-1"' } },
		ofStorage: true,
	},
	{ name: 'range ignored', fault: { kind: 'ignoreRange' }, ofStorage: true },
	{ name: 'half of the range', fault: { kind: 'damage', damage: 'cut' }, ofStorage: true, codes: notReceived },
	{ name: 'byte changed', fault: { kind: 'damage' }, ofStorage: true, codes: ['content_damaged'] },
	{
		name: 'length too small',
		fault: { kind: 'alterAnswer', headers: { 'content-length': '1000' } },
		ofStorage: true,
		codes: notReceived,
	},
	{
		name: 'length too large',
		fault: { kind: 'alterAnswer', headers: { 'content-length': '9000000' } },
		ofStorage: true,
		codes: notReceived,
	},
	{
		name: 'another range',
		fault: { kind: 'alterAnswer', headers: { 'content-range': 'bytes 7-1048582/3145805' } },
		ofStorage: true,
		codes: notReceived,
	},
	{
		name: 'another size',
		fault: { kind: 'alterAnswer', headers: { 'content-range': 'bytes 0-1048575/5000000' } },
		ofStorage: true,
		codes: changed,
	},
	{
		name: 'no range',
		fault: { kind: 'alterAnswer', headers: { 'content-range': '' } },
		ofStorage: true,
		codes: notReceived,
	},
	{
		name: 'encoded',
		fault: { kind: 'alterAnswer', headers: { 'content-encoding': 'gzip' } },
		ofStorage: true,
		codes: notReceived,
	},
];

const mebibyte = 1024 * 1024;
const content = patternBytes(3 * mebibyte + 77, 3);
const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

const cases = steps.flatMap((step) =>
	faults
		.filter(({ ofStorage }) => ofStorage === undefined || step.step === 'getObject')
		.map((fault) => ({ title: `${step.name}: ${fault.name}`, step, fault })),
);

// Faults work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore.each([
	['over TLS', { storageTls: certificate }],
	['without TLS', {}],
])('a download %s', (_, options) => {
	let masv: TestMasv;
	let seeded: TestPackage;
	const transport = createNodeTransport({ connectMs: 2_000, stallMs: 150 });
	beforeAll(async () => {
		masv = await startTestMasv(options);
		seeded = await seedDownload(masv.sandbox, masv.client(), [{ name: 'reel.mov', path: 'day 1', content }]);
	});
	afterAll(async () => {
		await transport.destroy();
		await masv.close();
	});

	const download = async (sink: MemorySink, patienceMs = 60_000): Promise<DownloadedFile> => {
		const policy = outageOf(patienceMs);
		const client = masv.client({ transport, policy });
		const [result] = await downloadFiles(client, [seeded.file(client, 0, sink)], {
			policy,
			rangeBytes: 1_200_000,
			parallelRanges: 1,
		});
		if (result?.status !== 'fulfilled') throw result?.reason;
		return result.value;
	};

	it.each(cases)('succeeds after one fault at $title', async ({ step, fault }) => {
		const sink = memorySink();
		const injected = masv.sandbox.inject({ step: step.step, skip: step.skip, ...fault.fault });
		try {
			const file = await download(sink);
			expect(injected.hits()).toBe(1);
			expect(file).toMatchObject({ size: content.length, verified: true });
			expect(sink.file?.bytes.equals(content)).toBe(true);
			expect(sink.opened).toBeGreaterThan(0);
			expect(sink.closed).toBe(sink.opened);
		} finally {
			injected.remove();
		}
	});

	it.each(cases)('ends with a whole file or a clear error when a fault is permanent at $title', async (each) => {
		const { step, fault } = each;
		const sink = memorySink();
		const injected = masv.sandbox.inject({ step: step.step, skip: step.skip, ...fault.fault, times: Infinity });
		const outcome: unknown = await download(sink, 5_000).catch((error: unknown) => error);
		injected.remove();
		expect(injected.hits()).toBeGreaterThan(0);
		expect(sink.opened).toBeGreaterThan(0);
		expect(sink.closed).toBe(sink.opened);
		if (outcome instanceof Error) {
			expect(sink.file).toBeUndefined();
			expect(outcome).toBeInstanceOf(MasvError);
			if (fault.codes !== undefined) expect(fault.codes).toContain((outcome as MasvError).code);
			expect(inspect(outcome, { depth: Infinity, showHidden: true })).not.toMatch(/X-Amz-Signature|X-Amz-Credential/);
		} else {
			expect(sink.file?.bytes.equals(content)).toBe(true);
		}
	});
});
