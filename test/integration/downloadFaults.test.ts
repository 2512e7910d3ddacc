import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';

import type { DownloadedFile } from '../../masv/download/downloadRun';
import { createNotebook } from '../../masv/download/notes';
import { MasvError } from '../../masv/errors';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import type { RetryPolicy } from '../../masv/retry';
import { noRetry, outageOf } from '../../masv/retry';
import type { Transport } from '../../masv/transport';
import type { Fault, InjectedFault, Step } from '../../sandbox/start';
import { downloadAll } from '../support/downloadAll';
import { failureOf } from '../support/failureOf';
import { impatientAt } from '../support/impatientTransport';
import { memoryJournal } from '../support/memoryJournal';
import type { MemorySink } from '../support/memorySink';
import { lendingSink, memorySink } from '../support/memorySink';
import { patientTimeouts } from '../support/patientTimeouts';
import { selfSigned } from '../support/selfSigned';
import type { TestPackage } from '../support/testDownload';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';
import { startThreadFromSource } from '../support/threadProgram';

interface StepCase {
	name: string;
	step: Step;
	/** How many requests of this step succeed first. */
	skip?: number;
	/** Whether an earlier run has received and noted the first range. */
	isResumed?: true;
	parallelRanges?: number;
}

/** Steps of one download. The file has three ranges, which are asked for one after another. */
const steps: StepCase[] = [
	{ name: 'address', step: 'downloadFile' },
	{ name: 'first range', step: 'getObject' },
	{ name: 'middle range', step: 'getObject', skip: 1 },
	{ name: 'last range', step: 'getObject', skip: 2 },
	{ name: 'range beside another one', step: 'getObject', skip: 1, parallelRanges: 3 },
	{ name: 'address of a resumed file', step: 'downloadFile', isResumed: true },
	{ name: 'first missing range of a resumed file', step: 'getObject', isResumed: true },
];

const xml = (code: string): string =>
	`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

const mebibyte = 1024 * 1024;
const content = patternBytes(3 * mebibyte + 77, 3);
const etag = etagOf(content);
const another = patternBytes(content.length, 4);

function etagOf(bytes: Buffer): string {
	return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

interface ElsewhereAnswer extends Pick<FaultCase, 'isLasting'> {
	codes: string[];
	answer: (response: ServerResponse, range: { start: number; end: number }) => void;
}

const notReceived = ['content_not_received'];
const changed = ['content_changed'];

/** The head of a right answer, but for the length. */
const headOf = ({ start, end }: { start: number; end: number }, bytes: Buffer | '*' = content) => ({
	etag: bytes === '*' ? etag : etagOf(bytes),
	'content-range': `bytes ${start}-${end - 1}/${bytes === '*' ? '*' : bytes.length}`,
});

/** Another server that the storage redirects to: what it answers to a request for a range. */
const elsewhereAnswers = {
	'that answers': {
		codes: [],
		answer: (response, { start, end }) =>
			void response
				.writeHead(206, { ...headOf({ start, end }), 'content-length': end - start })
				.end(content.subarray(start, end)),
	},
	'that answers in chunks': {
		codes: [],
		answer: (response, { start, end }) => {
			response.writeHead(206, headOf({ start, end }));
			response.write(content.subarray(start, end));
			response.end();
		},
	},
	'that sends hints first': {
		codes: [],
		answer: (response, { start, end }) => {
			for (let hint = 0; hint < 5; hint++) response.writeEarlyHints({ link: '</a.css>; rel=preload' });
			response
				.writeHead(206, { ...headOf({ start, end }), 'content-length': end - start })
				.end(content.subarray(start, end));
		},
	},
	'that does not tell the size': {
		codes: [],
		answer: (response, { start, end }) =>
			void response
				.writeHead(206, { ...headOf({ start, end }, '*'), 'content-length': end - start })
				.end(content.subarray(start, end)),
	},
	'that sends more than was asked for': {
		codes: notReceived,
		answer: (response, { start, end }) => {
			response.writeHead(206, headOf({ start, end }));
			response.write(content.subarray(start, end));
			response.end(content.subarray(0, 1_000));
		},
	},
	'that sends less in chunks': {
		codes: notReceived,
		answer: (response, { start, end }) => {
			response.writeHead(206, headOf({ start, end }));
			response.write(content.subarray(start, end - 1_000));
			response.end();
		},
	},
	'with another version': {
		codes: [...changed, 'content_damaged'],
		answer: (response, { start, end }) =>
			void response
				.writeHead(206, { ...headOf({ start, end }, another), 'content-length': end - start })
				.end(another.subarray(start, end)),
	},
	'that speaks no HTTP': {
		codes: notReceived,
		answer: (response) => void response.socket?.end('\0\0\0\r\n\r\n'),
	},
	'that redirects once more': {
		codes: [],
		answer: (response) =>
			void response.writeHead(302, { location: `/?answer=${encodeURIComponent('that answers')}` }).end(),
	},
	'that redirects for ever': {
		codes: notReceived,
		isLasting: true,
		answer: (response) => void response.writeHead(307, { location: '/again' }).end(),
	},
} satisfies Record<string, ElsewhereAnswer>;

interface FaultCase {
	name: string;
	fault: Omit<Fault, 'step'>;
	/** The storage redirects to this path of another server, see {@link elsewhereAnswers}. */
	redirect?: keyof typeof elsewhereAnswers;
	/** Only where the storage is asked. */
	ofStorage?: true;
	/** Codes of the errors that are possible if the fault is permanent. Empty: the file arrives. Default: any. */
	codes?: string[];
	/** Whether the answer, or the rest of it, never comes. */
	hangs?: true;
	/** Whether no repetition helps, so that one such fault is enough to fail. */
	isLasting?: true;
}

const faults: FaultCase[] = [
	{
		name: '429 with Retry-After',
		fault: { kind: 'status', status: 429, headers: { 'retry-after': '2' }, body: '{"message":"slow down"}' },
	},
	{ name: '429', fault: { kind: 'status', status: 429, body: '{"message":"slow down"}' } },
	{ name: '500', fault: { kind: 'status', status: 500, body: '{"code":1,"message":"oops"}' } },
	{ name: '502 HTML', fault: { kind: 'html', status: 502 } },
	{ name: 'SlowDown', fault: { kind: 'status', status: 503, body: xml('SlowDown'), contentType: 'application/xml' } },
	{ name: 'refused', fault: { kind: 'refuse' } },
	{ name: 'reset before body', fault: { kind: 'resetBeforeBody' } },
	{ name: 'reset after request', fault: { kind: 'resetAfterBody' } },
	{ name: 'lost response 502', fault: { kind: 'lostAnswerStatus', status: 502 } },
	{ name: 'cut', fault: { kind: 'cutAnswer' } },
	{ name: 'hang', fault: { kind: 'hang' }, hangs: true },
	{ name: 'stalled body', fault: { kind: 'stallAnswer' }, hangs: true },
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
		hangs: true,
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
	{
		name: 'encoded as identity',
		fault: { kind: 'alterAnswer', headers: { 'content-encoding': 'identity' } },
		ofStorage: true,
		codes: [],
	},
	{
		name: 'several ranges',
		fault: {
			kind: 'alterAnswer',
			headers: { 'content-type': 'multipart/byteranges; boundary=x', 'content-range': '' },
		},
		ofStorage: true,
		codes: notReceived,
	},
	{ name: 'no ETag', fault: { kind: 'alterAnswer', headers: { etag: '' } }, ofStorage: true },
	{ name: 'weak ETag', fault: { kind: 'alterAnswer', headers: { etag: 'W/"1"' } }, ofStorage: true },
	...(Object.entries(elsewhereAnswers) as Array<[keyof typeof elsewhereAnswers, ElsewhereAnswer]>).map(
		([redirect, { codes, isLasting }]): FaultCase => ({
			name: `redirect to a server ${redirect}`,
			fault: { kind: 'status', status: 307 },
			redirect,
			ofStorage: true,
			codes,
			isLasting,
		}),
	),
	{
		name: 'redirect with 302',
		fault: { kind: 'status', status: 302 },
		redirect: 'that answers',
		ofStorage: true,
		codes: [],
	},
];

const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

interface Case {
	title: string;
	step: StepCase;
	fault: FaultCase;
}

const cases: Case[] = steps.flatMap((step) =>
	faults
		.filter(({ ofStorage }) => ofStorage === undefined || step.step === 'getObject')
		.map((fault) => ({ title: `${step.name}: ${fault.name}`, step, fault })),
);

// Faults work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore.each([
	['over TLS', { storageTls: certificate, isThreaded: false }],
	['over TLS, in a thread', { storageTls: certificate, isThreaded: true }],
	['without TLS', { isThreaded: false }],
])('a download %s', (_, { isThreaded, ...options }) => {
	let masv: TestMasv;
	let seeded: TestPackage;
	let elsewhere: Server;
	/** Headers of the requests that were redirected. */
	const redirected: IncomingHttpHeaders[] = [];
	const startThread = isThreaded ? startThreadFromSource : undefined;
	const patient = createNodeTransport(patientTimeouts, undefined, startThread);
	const impatient = createNodeTransport({ ...patientTimeouts, stallMs: 150 }, undefined, startThread);
	let folder: string;
	beforeAll(async () => {
		masv = await startTestMasv(options);
		seeded = await seedDownload(masv.sandbox, masv.client(), [{ name: 'reel.mov', path: 'day 1', content }]);
		const listener: RequestListener = ({ url = '', headers }, response) => {
			redirected.push(headers);
			const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [0, 0, content.length - 1];
			const range = { start: Number(first), end: Math.min(Number(last) + 1, content.length) };
			const name = new URL(url, 'http://elsewhere').searchParams.get('answer') ?? 'that redirects for ever';
			elsewhereAnswers[name as keyof typeof elsewhereAnswers].answer(response, range);
		};
		elsewhere = 'storageTls' in options ? createSecureServer(certificate, listener) : createServer(listener);
		await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
	});
	beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'masv-faults-'))));
	beforeEach(() => (redirected.length = 0));
	afterAll(async () => {
		await Promise.all([patient.destroy(), impatient.destroy()]);
		await masv.close();
		await rm(folder, { recursive: true });
		elsewhere.closeAllConnections();
		await new Promise((resolve) => elsewhere.close(resolve));
	});

	const inject = ({ step: { step, skip }, fault: { fault, redirect } }: Case, times: number): InjectedFault => {
		const { port } = elsewhere.address() as AddressInfo;
		const location = `${'storageTls' in options ? 'https' : 'http'}://127.0.0.1:${port}/?answer=${encodeURIComponent(redirect ?? '')}`;
		const headers = redirect === undefined ? fault.headers : { location };
		return masv.sandbox.inject({ step, skip, ...fault, headers, times });
	};

	/** One run. What earlier ones have noted is used. */
	const download = async (
		sink: MemorySink,
		{ parallelRanges = 1 }: StepCase,
		policy: RetryPolicy,
		journal = memoryJournal(),
		transport: Transport = patient,
	): Promise<DownloadedFile> => {
		const client = masv.client({ transport, policy });
		const [result] = await downloadAll(client, [seeded.file(client, 0, sink)], {
			policy,
			rangeBytes: 1_200_000,
			parallelRanges,
			notebook: await createNotebook(await journal.join().open('R'), 1, client.clock),
		});
		if (result?.status !== 'fulfilled') throw result?.reason;
		return result.value;
	};

	const transportFor = ({ step, fault: { hangs } }: Case): Transport =>
		hangs === true ? impatientAt(step.step, impatient, patient) : patient;

	/** What an earlier run has left, if the case needs one. */
	const prepare = async ({ step }: Case): Promise<{ sink: MemorySink; journal: ReturnType<typeof memoryJournal> }> => {
		const [sink, journal] = [isThreaded ? lendingSink(folder) : memorySink(), memoryJournal()];
		if (step.isResumed !== true) return { sink, journal };
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 500, skip: 1, times: Infinity });
		await failureOf(download(sink, step, noRetry, journal));
		fault.remove();
		[sink.opened, sink.closed] = [0, 0];
		return { sink, journal };
	};

	it('is resumed where the matrix says so', async () => {
		for (const step of steps.filter(({ isResumed }) => isResumed)) {
			const { sink, journal } = await prepare({ step } as Case);
			expect((await download(sink, step, noRetry, journal)).resumed_bytes).toBe(1_200_000);
		}
	});

	it.each(cases)('succeeds after one fault at $title', async (each) => {
		const { sink, journal } = await prepare(each);
		const injected = inject(each, 1);
		const outcome = download(sink, each.step, outageOf(60_000), journal, transportFor(each));
		if (each.fault.isLasting === true) {
			expect(each.fault.codes).toContain((await failureOf<MasvError>(outcome)).code);
			expect(sink.file).toBeUndefined();
		} else {
			expect(await outcome).toMatchObject({ size: content.length, verified: true });
			expect(sink.file?.bytes.equals(content)).toBe(true);
		}
		injected.remove();
		expect(injected.hits()).toBe(1);
		expect([sink.opened, sink.closed]).toEqual([1, 1]);
		expect(redirected.length > 0).toBe(each.fault.redirect !== undefined);
		expect(redirected.flatMap((headers) => Object.keys(headers)).filter((name) => name.startsWith('x-'))).toEqual([]);
	});

	it.each(cases)('ends with a whole file or a clear error when a fault is permanent at $title', async (each) => {
		const { codes, redirect } = each.fault;
		const { sink, journal } = await prepare(each);
		const injected = inject(each, Infinity);
		const receiving = download(sink, each.step, outageOf(5_000), journal, transportFor(each));
		const outcome: unknown = await receiving.catch((error: unknown) => error);
		injected.remove();
		expect(injected.hits()).toBeGreaterThan(0);
		expect([sink.opened, sink.closed]).toEqual([1, 1]);
		if (outcome instanceof Error) {
			expect(sink.file).toBeUndefined();
			expect(outcome).toBeInstanceOf(MasvError);
			if (codes !== undefined) expect(codes).toContain((outcome as MasvError).code);
			expect(inspect(outcome, { depth: Infinity, showHidden: true })).not.toMatch(/X-Amz-Signature|X-Amz-Credential/);
		} else {
			// All requests may have been redirected.
			const versions = redirect === 'with another version' ? [content, another] : [content];
			expect(versions.filter((version) => sink.file?.bytes.equals(version) === true)).toHaveLength(1);
		}
	});
});
