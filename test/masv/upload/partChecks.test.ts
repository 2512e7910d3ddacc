import { createPartChecks, type PartCheckOptions } from '../../../masv/upload/partChecks';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import type { Etags } from '../../../masv/upload/etagVerdict';
import { md5Of } from '../../support/fakeStorage';

const mebibyte = 1024 * 1024;
const part = Buffer.from('content');
const partMd5 = { md5: '9a0364b9e99bb480dd25e1f0284c8555' };
const partCrc = { crc32: 'fec530a9' };

/** Checks of a run whose processor is busy or not, and that knows this about the ETags. */
async function checksOf(etags: Etags, isBusy: boolean, verifyParts: PartCheckOptions['verifyParts']) {
	let now = 0;
	let notices = 0;
	const checks = createPartChecks({
		verifyParts,
		hashing: nodeHashing,
		clock: {
			now: () => (now += 100),
			sleep: () => Promise.resolve(),
			timeout: () => new AbortController().signal,
			random: () => 0,
		},
		load: { watch: () => () => (isBusy ? 1 : 0) },
		totalBytes: 0,
		onOpaque: () => void notices++,
	});
	// The gate admits a small amount in any case.
	const before = checks.start(20 * mebibyte, false);
	for (let turn = 0; turn < 20; turn++) before.update(new Uint8Array(mebibyte));
	const { md5 = md5Of(part) } = before.finish();
	const etag = { unknown: '', md5: `"${md5}"`, opaque: '"opaque"' }[etags];
	if (etag !== '') {
		const send = () => Promise.resolve({ etag, md5 });
		await checks.verdict.confirm(
			send,
			() => undefined,
			() => new Error(),
		);
	}
	const sumOf = (isRepeat: boolean, bytes = part.length): object => {
		const checksum = checks.start(bytes, isRepeat);
		checksum.update(part);
		return checksum.finish();
	};
	return { sumOf, notices: () => notices };
}

describe('the checksum of a part', () => {
	it.each<[PartCheckOptions['verifyParts'], Etags, boolean, object]>([
		['automatic', 'unknown', false, partMd5],
		['automatic', 'md5', false, partMd5],
		['automatic', 'opaque', false, partCrc],
		// The ETag is the MD5 of what arrived, or probably is.
		['automatic', 'md5', true, {}],
		['automatic', 'unknown', true, {}],
		['automatic', 'opaque', true, partCrc],
		['always', 'unknown', true, partMd5],
		['always', 'md5', true, partMd5],
		['always', 'opaque', true, partCrc],
		['never', 'unknown', false, partCrc],
		['never', 'unknown', true, {}],
		['never', 'opaque', true, partCrc],
	])('%s, ETags %s, busy %s: %j', async (verifyParts, etags, isBusy, expected) => {
		expect((await checksOf(etags, isBusy, verifyParts)).sumOf(false)).toEqual(expected);
	});

	it('is an MD5 if the part is sent again after a mismatch, even if the processor is busy', async () => {
		expect((await checksOf('md5', true, 'automatic')).sumOf(true)).toEqual(partMd5);
	});

	it('is an MD5 once in a GiB until it is known what the ETags are, even if the processor is busy', async () => {
		const { sumOf } = await checksOf('unknown', true, 'automatic');
		const sums = Array.from({ length: 9 }, () => sumOf(false, 256 * mebibyte));
		expect(sums.map((sum) => 'md5' in sum)).toEqual([false, false, false, true, false, false, false, false, true]);
	});

	it('is not needed any more once it is known that ETags are MD5s', async () => {
		const { sumOf } = await checksOf('md5', true, 'automatic');
		expect(Array.from({ length: 9 }, () => sumOf(false, 256 * mebibyte))).toEqual(Array(9).fill({}));
	});

	it.each([
		['automatic', 1],
		['never', 0],
	] as const)('is reported as not comparable if parts were to be verified (%s: %i times)', async (verify, times) => {
		expect((await checksOf('opaque', false, verify)).notices()).toBe(times);
	});
});
