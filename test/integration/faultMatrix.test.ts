import type { Clock } from '../../masv/clock';
import { MasvError } from '../../masv/errors';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import { outageOf } from '../../masv/retry';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { Fault, Step } from '../../sandbox/start';
import { impatientAt, impatientTransport } from '../support/impatientTransport';
import { instantClock } from '../support/instantClock';
import { patientTimeouts } from '../support/patientTimeouts';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256 } from '../support/testSources';

/** Steps of one delivery. The file has three parts. */
const steps: Array<{ name: string; step: Step; partNumber?: number | 'last'; storage?: true }> = [
	{ name: 'create package', step: 'createPackage' },
	{ name: 'add file', step: 'addFile' },
	{ name: 'initiate', step: 'initiate', storage: true },
	{ name: 'part URLs', step: 'partUrls' },
	{ name: 'first part', step: 'partPut', partNumber: 1, storage: true },
	{ name: 'middle part', step: 'partPut', partNumber: 2, storage: true },
	{ name: 'last part', step: 'partPut', partNumber: 'last', storage: true },
	{ name: 'finalize file', step: 'finalizeFile' },
	{ name: 'finalize package', step: 'finalizePackage' },
	{ name: 'create link', step: 'createLink' },
];

const xml = (code: string): string =>
	`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

const faults: Array<{ name: string; fault: Omit<Fault, 'step'>; only?: 'storage' | 'part' }> = [
	{ name: '429', fault: { kind: 'status', status: 429, body: '{"message":"slow down"}' } },
	{ name: '429 + Retry-After', fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } },
	{ name: '500', fault: { kind: 'status', status: 500, body: '{"code":1,"message":"oops"}' } },
	{ name: '502 HTML', fault: { kind: 'html', status: 502 } },
	{ name: '503', fault: { kind: 'status', status: 503 } },
	{ name: 'SlowDown', fault: { kind: 'status', status: 503, body: xml('SlowDown'), contentType: 'application/xml' } },
	{
		name: '403 expired',
		fault: { kind: 'status', status: 403, body: xml('AccessDenied'), contentType: 'application/xml' },
		only: 'storage',
	},
	{ name: 'refused', fault: { kind: 'refuse' } },
	{ name: 'reset before body', fault: { kind: 'resetBeforeBody' } },
	{ name: 'reset in body', fault: { kind: 'resetMidBody' } },
	{ name: 'reset after body', fault: { kind: 'resetAfterBody' } },
	{ name: 'lost response 502', fault: { kind: 'lostAnswerStatus', status: 502 } },
	{ name: 'response cut', fault: { kind: 'cutAnswer' } },
	{ name: 'hang', fault: { kind: 'hang' } },
	{ name: 'hang after body', fault: { kind: 'hangAfterBody' } },
	{ name: 'empty 200', fault: { kind: 'emptyOk' } },
	{ name: 'wrong JSON', fault: { kind: 'wrongJson' } },
	{ name: 'byte changed', fault: { kind: 'damage', damage: 'flip' }, only: 'part' },
	{ name: 'half cut off', fault: { kind: 'damage', damage: 'cut' }, only: 'part' },
];

const mebibyte = 1024 * 1024;
const content = patternBytes(12 * mebibyte + 77, 3);
const contentSha = sha256(content);

const cases = steps.flatMap((step) =>
	faults
		.filter(({ only }) => only !== 'storage' || step.storage === true)
		.filter(({ only }) => only !== 'part' || step.step === 'partPut')
		.map((fault) => ({ title: `${step.name}: ${fault.name}`, step, fault })),
);

/** Results by step and fault, printed at the end. */
const table: Record<string, Record<string, string>> = {};

function record(step: string, fault: string, outcome: string): void {
	const row = (table[fault] ??= {});
	row[step] = row[step] === undefined ? outcome : `${row[step]} / ${outcome}`;
}

// Faults work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a delivery', () => {
	let masv: TestMasv;
	const dispatcher = createDispatcher(patientTimeouts);
	const patient = createTransport(dispatcher);
	const impatient = createDispatcher({ ...patientTimeouts, stallMs: 300 });
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => {
		await Promise.all([dispatcher.destroy(), impatient.destroy()]);
		await masv.close();
		console.log('Result: single fault / permanent fault\n' + formatTable());
	});

	async function deliver(name: string, fault: Fault, clock: Clock, patienceMs = 60_000): Promise<SendResult> {
		const hangs = fault.kind === 'hang' || fault.kind === 'hangAfterBody';
		const transport = hangs ? impatientAt(fault.step, impatientTransport(impatient, 300), patient) : patient;
		const client = masv.client({ clock, transport });
		return await sendPackage(client, {
			target: { kind: 'team', request: { name, description: '', recipients: [] } },
			sources: [rangeOf('reel.mov', content, 'day 1')],
			partBytes: 5 * mebibyte,
			policy: outageOf(patienceMs),
			link: {},
			unfinished: 'delete',
		});
	}

	it.each(cases)('succeeds after one fault at $title', async ({ title, step, fault }) => {
		const clock = instantClock();
		const single: Fault = { ...fault.fault, step: step.step, partNumber: step.partNumber };
		const injected = masv.sandbox.inject(single);
		const sent = await deliver(`once ${title}`, single, clock);
		injected.remove();
		record(step.name, fault.name, 'ok');

		expect(injected.hits()).toBe(1);
		if (fault.name.includes('Retry-After')) expect(Math.max(...clock.slept)).toBeGreaterThanOrEqual(7000);
		const named = masv.sandbox.packages().filter(({ name }) => name === `once ${title}`);
		expect(named.filter(({ state }) => state === 'finalized')).toHaveLength(1);
		const files = masv.sandbox.files(sent.package.id).filter(({ kind }) => kind === 'file');
		expect(files).toHaveLength(1);
		expect(await masv.sandbox.sha256(sent.package.id, files[0]?.id ?? '')).toBe(contentSha);
		expect(sent.link?.url).toMatch(/^https:\/\/get\.massive\.io\//);
	});

	it.each(cases)('ends with a clear error if the fault is permanent at $title', async ({ title, step, fault }) => {
		const permanent: Fault = { ...fault.fault, step: step.step, partNumber: step.partNumber, times: Infinity };
		const injected = masv.sandbox.inject(permanent);
		const outcome = await deliver(`permanent ${title}`, permanent, instantClock(), 2_000).catch(
			(error: unknown) => error,
		);
		injected.remove();
		const named = masv.sandbox.packages().filter(({ name }) => name === `permanent ${title}`);
		const finalized = named.filter(({ state }) => state === 'finalized');
		expect(injected.hits()).toBeGreaterThan(0);

		if (!(outcome instanceof MasvError)) {
			// The requests arrived, and the look-up shows it, although their responses were lost.
			record(step.name, fault.name, 'done');
			expect(['finalizeFile', 'finalizePackage']).toContain(step.step);
			const { package: found, files } = outcome as SendResult;
			expect(await masv.sandbox.sha256(found.id, files[0]?.id ?? '')).toBe(contentSha);
			expect(finalized).toHaveLength(1);
			return;
		}
		record(step.name, fault.name, 'error');
		expect(outcome.message).toMatch(/Could not|lost|ETag/);
		// The link is created after finalizing, so the error must mention that the package was finalized.
		if (step.step === 'createLink') expect(outcome.hint).toMatch(/was finalized/);
		else expect(finalized).toHaveLength(0);
		// Unfinished packages are deleted. Only empty packages whose creation got no response remain, and those that MASV may
		// still finalize.
		const unfinished = named.filter(({ state }) => state === 'new');
		if (step.step === 'createPackage') expect(unfinished.length).toBeLessThanOrEqual(2);
		else if (/uncertain/.test(outcome.hint ?? '')) {
			expect([step.step, unfinished.length]).toEqual(['finalizePackage', 1]);
			expect(['429', '429 + Retry-After', '500', '503']).not.toContain(fault.name);
		} else expect(unfinished).toHaveLength(0);
	});
});

function formatTable(): string {
	const names = steps.map(({ name }) => name);
	const lines = [
		['', ...names],
		...faults.map(({ name }) => [name, ...names.map((step) => table[name]?.[step] ?? '-')]),
	];
	const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length))) ?? [];
	return lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
