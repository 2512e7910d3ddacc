import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { MasvCancelledError } from '../../masv/errors';
import { createNodeTransport } from '../../masv/node/nodeTransport';
import { noRetry } from '../../masv/retry';
import type { RateAt } from '../../masv/transfer/bandwidth';
import { createBandwidth } from '../../masv/transfer/bandwidth';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import { toBandwidthLimit } from '../../nodes/Masv/values/bandwidthLimit';
import { downloadAll } from '../support/downloadAll';
import { failureOf } from '../support/failureOf';
import { memorySink } from '../support/memorySink';
import { selfSigned } from '../support/selfSigned';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

/** A limit on a clock that only sleeping moves on. @param beginMs of the clock */
function limitOf(limit: number | RateAt, beginMs = 0) {
	let nowMs = beginMs;
	const clock = {
		now: () => nowMs,
		sleep: async (ms: number) => {
			nowMs += ms;
			await new Promise((resolve) => setImmediate(resolve));
		},
	};
	const rateAt = typeof limit === 'number' ? () => limit : limit;
	return { bandwidth: createBandwidth(clock, rateAt), seconds: () => (nowMs - beginMs) / 1000 };
}

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore.each([
	['over TLS', { storageTls: certificate }],
	['without TLS', {}],
])('a bandwidth limit %s', (_, options) => {
	let masv: TestMasv;
	const transport = createNodeTransport();
	beforeAll(async () => (masv = await startTestMasv(options)));
	afterAll(async () => {
		await transport.destroy();
		await masv.close();
	});
	const content = patternBytes(21 * mebibyte + 77, 3);
	const target: SendRequest['target'] = {
		kind: 'team',
		request: { name: 'Dailies', description: '', recipients: [] },
	};
	const send = async (client: ReturnType<TestMasv['client']>, sources: SendRequest['sources']) =>
		await sendPackage(client, { target, sources, unfinished: 'delete', partBytes: 5 * mebibyte });
	const download = async (client: ReturnType<TestMasv['client']>) => {
		const seeded = await seedDownload(masv.sandbox, client, [{ name: 'reel.mov', content, partBytes: 5 * mebibyte }]);
		const sink = memorySink();
		const [result] = await downloadAll(client, [seeded.file(client, 0, sink)], { policy: noRetry });
		return { result, sink };
	};

	it('holds for files, streams and small files together', async () => {
		const { bandwidth, seconds } = limitOf(2 * mebibyte);
		const client = masv.client({ transport, bandwidth });
		const contents = [content, patternBytes(6 * mebibyte, 4), patternBytes(300_000, 5), patternBytes(0, 6)];
		const sent = await send(client, [
			rangeOf('reel.mov', contents[0] as Buffer),
			streamOf('stream.bin', contents[1] as Buffer, [100_000]),
			rangeOf('small.txt', contents[2] as Buffer),
			rangeOf('empty.txt', contents[3] as Buffer),
		]);
		for (const [index, file] of sent.files.entries())
			expect(await masv.sandbox.sha256(sent.package.id, file.id)).toBe(sha256(contents[index] as Buffer));
		const bytes = contents.reduce((sum, each) => sum + each.length, 0);
		expect(Math.abs(bytes / seconds() / (2 * mebibyte) - 1)).toBeLessThanOrEqual(0.05);
	});

	it('holds for a download', async () => {
		const { bandwidth, seconds } = limitOf(2 * mebibyte);
		const { sink } = await download(masv.client({ transport, bandwidth }));
		expect(sink.file?.bytes.equals(content)).toBe(true);
		expect(Math.abs(content.length / seconds() / (2 * mebibyte) - 1)).toBeLessThanOrEqual(0.05);
	});

	it('is shared by both directions', async () => {
		const { bandwidth, seconds } = limitOf(4 * mebibyte);
		const client = masv.client({ transport }).withBandwidth(bandwidth);
		await Promise.all([download(client), send(client, [rangeOf('reel.mov', content)])]);
		expect(Math.abs((2 * content.length) / seconds() / (4 * mebibyte) - 1)).toBeLessThanOrEqual(0.05);
	});

	it('follows a timetable in the time zone of the workflow', async () => {
		const timetable = toBandwidthLimit('Mon-Fri 08:00-19:00 0.25; else none', 'Bandwidth Limit', 'Europe/Berlin');
		// A Friday, half a minute before the limit ends.
		const { bandwidth, seconds } = limitOf(timetable, Date.parse('2026-01-02T17:59:30Z'));
		const { sink } = await download(masv.client({ transport, bandwidth }));
		expect(sink.file?.bytes.equals(content)).toBe(true);
		// At a quarter of a MiB a second, all of it would take 84 seconds.
		expect(seconds()).toBe(30);
	});

	it('does not delay a cancellation', async () => {
		const controller = new AbortController();
		// The clock stands still, so whoever waits does so for ever.
		const clock = { now: () => 0, sleep: async () => await new Promise<void>(() => controller.abort()) };
		const bandwidth = createBandwidth(clock, () => mebibyte);
		const client = masv.client({ transport, bandwidth, signal: controller.signal });
		expect(await failureOf(send(client, [rangeOf('reel.mov', content)]))).toBeInstanceOf(MasvCancelledError);
	});
});
