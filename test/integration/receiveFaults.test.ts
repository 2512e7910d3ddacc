import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import type { ReceiveResult } from '../../masv/download/receivePackage';
import { MasvError } from '../../masv/errors';
import { createLink } from '../../masv/links';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { outageOf } from '../../masv/retry';
import type { Transport } from '../../masv/transport';
import type { Fault, Step } from '../../sandbox/start';
import { impatientAt } from '../support/impatientTransport';
import { patientTimeouts } from '../support/patientTimeouts';
import { receiveToDisk } from '../support/receiveToDisk';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

/** Steps of receiving one package of the team. MASV refuses the token of the package, so that a link is needed. */
const steps: Array<{ name: string; step: Step; skip?: number }> = [
	{ name: 'get package', step: 'getPackage' },
	{ name: 'list files', step: 'listFiles' },
	{ name: 'address with the token of the package', step: 'downloadFile' },
	{ name: 'create link', step: 'createLink' },
	{ name: 'look up link', step: 'getLink' },
	{ name: 'address with the token of the link', step: 'downloadFile', skip: 2 },
	{ name: 'content', step: 'getObject' },
	{ name: 'disable link', step: 'disableLink' },
];

interface FaultCase {
	name: string;
	fault: Omit<Fault, 'step'>;
	/** Whether MASV does what it was asked to, so that there may be a link whose ID nobody knows. */
	isExecuted?: true;
	/** Whether MASV refuses, so that no repetition helps. */
	isRefusal?: true;
}

const faults: FaultCase[] = [
	{ name: '429', fault: { kind: 'status', status: 429, body: '{"message":"slow down"}' } },
	{ name: '500', fault: { kind: 'status', status: 500, body: '{"code":1,"message":"oops"}' } },
	{ name: '502 HTML', fault: { kind: 'html', status: 502 } },
	{ name: '400', fault: { kind: 'status', status: 400, body: '{"code":1,"message":"no"}' }, isRefusal: true },
	{ name: 'refused', fault: { kind: 'refuse' } },
	{ name: 'reset before body', fault: { kind: 'resetBeforeBody' } },
	{ name: 'reset after request', fault: { kind: 'resetAfterBody' }, isExecuted: true },
	{ name: 'lost response 502', fault: { kind: 'lostAnswerStatus', status: 502 }, isExecuted: true },
	{ name: 'cut', fault: { kind: 'cutAnswer' }, isExecuted: true },
	{ name: 'hang', fault: { kind: 'hang' } },
	{ name: 'hang after request', fault: { kind: 'hangAfterBody' }, isExecuted: true },
	{ name: 'empty 200', fault: { kind: 'emptyOk' } },
	{ name: 'wrong JSON', fault: { kind: 'wrongJson' } },
	{ name: 'page with 200', fault: { kind: 'html', status: 200 } },
];

const cases = steps.flatMap((step) => faults.map((fault) => ({ title: `${step.name}: ${fault.name}`, step, fault })));
const content = patternBytes(100_000, 3);

// Faults work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('receiving a package of the team', () => {
	let masv: TestMasv;
	let base: string;
	let packageId: string;
	const patient = createNodeTransport(patientTimeouts);
	const impatient = createNodeTransport({ ...patientTimeouts, stallMs: 150 });
	beforeAll(async () => (masv = await startTestMasv()));
	afterAll(async () => {
		await Promise.all([patient.destroy(), impatient.destroy()]);
		await masv.close();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-')));
		packageId = masv.sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'A001.mov', path: 'CARD', content }] }).id;
	});
	afterEach(async () => await rm(base, { recursive: true }));

	const transportFor = ({ step: { step }, fault: { fault } }: (typeof cases)[number]): Transport =>
		fault.kind === 'hang' || fault.kind === 'hangAfterBody' ? impatientAt(step, impatient, patient) : patient;

	const receive = async (patienceMs?: number, transport: Transport = patient): Promise<ReceiveResult> => {
		const policy = patienceMs === undefined ? undefined : outageOf(patienceMs);
		const client = masv.client({ transport, policy });
		return await receiveToDisk(client, base, { packageId, policy, notes: join(base, '.notes') });
	};
	const activeLinks = (): number => masv.sandbox.links(packageId).filter(({ active }) => active).length;
	const expectWhole = async ({ folder }: ReceiveResult): Promise<void> => {
		expect((await readFile(join(folder, 'CARD', 'A001.mov'))).equals(content)).toBe(true);
		expect(await readdir(join(folder, 'CARD'))).toEqual(['A001.mov']);
	};
	const mayBeLost = /^A direct link to package \S+ may have been created/;

	it.each(cases)('ends whole, then or in the next run, without a link that is left, after $title', async (each) => {
		for (const times of [1, Infinity]) {
			const { step, fault } = each;
			const injected = masv.sandbox.inject({ step: step.step, skip: step.skip, ...fault.fault, times });
			const outcome: unknown = await receive(5_000, transportFor(each)).catch((error: unknown) => error);
			injected.remove();
			expect(injected.hits()).toBeGreaterThan(0);
			if (outcome instanceof Error) {
				expect(outcome).toBeInstanceOf(MasvError);
				expect(inspect(outcome, { depth: Infinity, showHidden: true })).not.toMatch(/X-Amz-Signature|X-Amz-Credential/);
				expect(await readdir(base, { recursive: true })).not.toContain('Dailies/CARD/A001.mov');
			} else {
				await expectWhole(outcome as ReceiveResult);
			}
			const again = await receive(5_000);
			await expectWhole(again);
			const isLost = step.step === 'createLink' && fault.isExecuted === true;
			if (!isLost) expect(activeLinks()).toBe(0);
			// Other responses do not tell either whether a link was created.
			const unexpected = again.warnings.filter((text) => step.step !== 'createLink' || !mayBeLost.test(text));
			expect(unexpected).toEqual([]);
			const said = outcome instanceof Error ? again.warnings : (outcome as ReceiveResult).warnings;
			if (isLost) expect(said).toContainEqual(expect.stringMatching(mayBeLost));
			await rm(join(base, 'Dailies'), { recursive: true });
			await rm(join(base, '.notes'), { recursive: true, force: true });
			packageId = masv.sandbox.seedPackage({
				name: 'Dailies',
				files: [{ name: 'A001.mov', path: 'CARD', content }],
			}).id;
		}
	});

	const passing = cases.filter(({ fault }) => fault.isRefusal !== true);

	it.each(passing)('needs no second run after one fault at $title', async (each) => {
		const { step, fault } = each;
		const injected = masv.sandbox.inject({ step: step.step, skip: step.skip, ...fault.fault });
		await expectWhole(await receive(60_000, transportFor(each)));
		injected.remove();
		expect(injected.hits()).toBe(1);
	});

	// The package is looked up before anything is received: that a URL is mistyped should be reported soon.
	it.each(steps.filter(({ step }) => step !== 'disableLink' && step !== 'getPackage'))(
		'waits for the end of an outage of minutes at "$name" if nothing else is set',
		async ({ step, skip }) => {
			// As many are more than half a minute, and less than a quarter of an hour.
			const injected = masv.sandbox.inject({ step, skip, kind: 'status', status: 503, times: 30 });
			await expectWhole(await receive().finally(() => injected.remove()));
			expect(injected.hits()).toBe(30);
		},
	);

	it('waits for the end of an outage of minutes with a link, too', async () => {
		const client = masv.client({ transport: patient });
		const { id: linkId, download_secret: secret = '' } = await createLink(client, packageId, {});
		const injected = masv.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 503, times: 30 });
		const source = { kind: 'link', link: { linkId, secret, password: undefined } } as const;
		await expectWhole(await receiveToDisk(client, base, { source }).finally(() => injected.remove()));
		expect(injected.hits()).toBe(30);
	});
});
