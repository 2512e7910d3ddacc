import { outageOf } from '../../masv/retry';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { Step } from '../../sandbox/start';
import { instantClock } from '../support/instantClock';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256 } from '../support/testSources';

const content = patternBytes(100_000, 7);
const patienceMs = 15 * 60_000;
const steps: Step[] = ['addFile', 'initiate', 'partPut'];

// Faults work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a server that asks to be left alone', () => {
	let masv: TestMasv;
	beforeAll(async () => (masv = await startTestMasv()));
	afterAll(async () => await masv.close());

	/** @returns all waits together, in milliseconds, and whether the file has arrived */
	async function deliver(step: Step, headers: Record<string, string>, times = 1) {
		const clock = instantClock();
		const injected = masv.sandbox.inject({ step, kind: 'status', status: 503, headers, times });
		try {
			const sent = await sendPackage(masv.client({ clock }), {
				target: { kind: 'team', request: { name: step, description: '', recipients: [] } },
				sources: [rangeOf('reel.mov', content)],
				policy: outageOf(patienceMs),
				unfinished: 'delete',
			});
			const hasArrived = (await masv.sandbox.sha256(sent.package.id, sent.files[0]?.id ?? '')) === sha256(content);
			return { hits: injected.hits(), hasArrived, waitedMs: clock.slept.reduce((sum, ms) => sum + ms, 0) };
		} finally {
			injected.remove();
		}
	}

	it.each(steps)('longer than the patience lasts is asked once more when that is over (%s)', async (step) => {
		const { hits, hasArrived, waitedMs } = await deliver(step, { 'retry-after': '86400' });
		expect([hits, hasArrived]).toEqual([1, true]);
		expect(waitedMs).toBeGreaterThan(patienceMs / 2);
		// The pace lets go after seconds.
		expect(waitedMs).toBeLessThanOrEqual(patienceMs + 10_000);
	});

	it.each(steps)('until a time is understood by its own clock, which may be days ahead (%s)', async (step) => {
		const now = new Date(Date.now() + 3 * 24 * 60 * 60_000);
		const headers = { date: now.toUTCString(), 'retry-after': new Date(now.getTime() + 40_000).toUTCString() };
		const { hits, hasArrived, waitedMs } = await deliver(step, headers);
		expect([hits, hasArrived]).toEqual([1, true]);
		expect(waitedMs).toBeGreaterThanOrEqual(40_000);
		expect(waitedMs).toBeLessThan(60_000);
	});
});
