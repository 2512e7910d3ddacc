import { noRetry } from '../../masv/retry';
import { sendPackage, type SendResult } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import type { Fault } from '../../sandbox/start';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(16 * mebibyte + 3, 11);

// Damage is a fault, and opaque ETags are an option of the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

let masv: TestMasv;
const logged: string[] = [];

async function send(more: Partial<SendRequest> = {}): Promise<SendResult> {
	const client = masv.client({ onRetry: (text) => logged.push(text) });
	return await sendPackage(client, {
		target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
		sources: [rangeOf('reel.mov', content), rangeOf('empty.txt', Buffer.alloc(0))],
		partBytes: 5 * mebibyte,
		policy: noRetry,
		unfinished: 'keep',
		onWarning: (text) => logged.push(text),
		...more,
	});
}

const delivered = async (sent: SendResult): Promise<string> =>
	await masv.sandbox.sha256(sent.package.id, sent.files[0]?.id ?? '');

onEmbeddedStore('a part that is damaged on its way', () => {
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => await masv.close());
	beforeEach(() => void (logged.length = 0));

	const damages: Array<Fault['damage']> = ['flip', 'cut'];
	const sources = { file: rangeOf('reel.mov', content), stream: streamOf('reel.mov', content) };
	it.each(damages.flatMap((damage) => (['file', 'stream'] as const).map((kind) => [damage, kind] as const)))(
		'(%s) is sent again, and the file is delivered as it is (%s, row 10)',
		async (damage, kind) => {
			const fault = masv.sandbox.inject({ step: 'partPut', partNumber: 2, kind: 'damage', damage });
			const sent = await send({ sources: [sources[kind]] });
			expect(fault.hits()).toBe(1);
			expect(await delivered(sent)).toBe(sha256(content));
			expect(sent.files[0]).toMatchObject({ parts: 4, retried_parts: 1, md5_verified: true });
			expect(logged).toEqual([expect.stringContaining('The ETag of part 2 of "reel.mov" is not the MD5')]);
		},
	);

	it.each(damages)('(%s) each time is never delivered (row 10)', async (damage) => {
		const fault = masv.sandbox.inject({ step: 'partPut', partNumber: 3, kind: 'damage', damage, times: Infinity });
		// One part at a time: otherwise, the damaged part may be the first one that arrives.
		await expect(send({ parallelParts: 1 })).rejects.toMatchObject({
			code: 'part_damaged',
			facts: { file: 'reel.mov', part: 3 },
		});
		fault.remove();
		expect(fault.hits()).toBe(3);
	});

	it('is delivered without notice only if verification is off', async () => {
		const fault = masv.sandbox.inject({ step: 'partPut', partNumber: 2, kind: 'damage' });
		const sent = await send({ verifyParts: 'never' });
		expect(fault.hits()).toBe(1);
		expect(await delivered(sent)).not.toBe(sha256(content));
		expect(sent.files[0]?.md5_verified).toBe(false);
	});
});

describe('a delivery', () => {
	it('is verified by the ETags of the storage', async () => {
		masv = await startTestMasv();
		const sent = await send();
		expect(sent.files.map(({ md5_verified, retried_parts }) => [md5_verified, retried_parts])).toEqual([
			[true, 0],
			[true, 0],
		]);
		await masv.close();
	});
});

onEmbeddedStore('a storage whose ETags are not MD5s', () => {
	it.each(['automatic', 'always', 'never'] as const)(
		'takes a delivery, which says that it is not verified (%s)',
		async (verifyParts) => {
			masv = await startTestMasv({ opaqueEtags: true });
			logged.length = 0;
			const sent = await send({ verifyParts });
			expect(await delivered(sent)).toBe(sha256(content));
			expect(sent.files.map(({ md5_verified }) => md5_verified)).toEqual([false, false]);
			const puts = masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
			const isHashed = verifyParts !== 'never';
			expect(puts).toBe(isHashed ? 6 : 5);
			expect(logged.filter((text) => text.includes('are not MD5s'))).toHaveLength(isHashed ? 1 : 0);
			await masv.close();
		},
	);
});
