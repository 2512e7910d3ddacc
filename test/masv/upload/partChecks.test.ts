import { createPartChecks, type PartCheckOptions } from '../../../masv/upload/partChecks';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import type { Etags } from '../../../masv/upload/etagVerdict';
import { md5Of } from '../../support/fakeStorage';

const mebibyte = 1024 * 1024;
const part = Buffer.from('content');
const partMd5 = { md5: '9a0364b9e99bb480dd25e1f0284c8555' };
const partCrc = { crc32: 'fec530a9' };

const noWait = (): Promise<void> => Promise.resolve();

/** Checks of a run whose processor is busy or not, and that knows this about the ETags. */
async function checksOf(
	etags: Etags,
	isBusy: boolean,
	verifyParts: PartCheckOptions['verifyParts'],
	isNoted = false,
	isSummed = false,
) {
	let now = 0;
	let notices = 0;
	const checks = createPartChecks({
		verifyParts,
		hashing: nodeHashing,
		clock: {
			now: () => (now += 100),
			sleep: noWait,
			timeout: () => new AbortController().signal,
			random: () => 0,
		},
		load: { watch: () => () => (isBusy ? 1 : 0) },
		totalBytes: 0,
		isNoted,
		isSummed,
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
	const sumOf = (isRepeat: boolean, bytes = part.length, isNeeded?: boolean): object => {
		const checksum = checks.start(bytes, isRepeat, isNeeded);
		checksum.update(part);
		return checksum.finish();
	};
	return { sumOf, notices: () => notices };
}

describe('the checksum of a part', () => {
	it.each<[PartCheckOptions['verifyParts'], boolean, object]>([
		['automatic', false, partMd5],
		['automatic', true, partCrc],
		['always', false, partMd5],
		['never', false, partCrc],
	])(
		'recognizes the content later although ETags are opaque, if that costs no time: %s, busy: %s',
		async (verify, isBusy, sum) => {
			expect((await checksOf('opaque', isBusy, verify, true, true)).sumOf(false)).toEqual(sum);
		},
	);

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

	it.each<[PartCheckOptions['verifyParts'], Etags, boolean, object]>([
		['automatic', 'unknown', false, partMd5],
		['automatic', 'md5', false, partMd5],
		['automatic', 'opaque', false, partCrc],
		['automatic', 'md5', true, partCrc],
		['automatic', 'unknown', true, partCrc],
		['always', 'unknown', true, partMd5],
		['never', 'unknown', false, partCrc],
		['never', 'unknown', true, partCrc],
	])(
		'is always there for a later run to compare: %s, ETags %s, busy %s: %j',
		async (verify, etags, isBusy, expected) => {
			expect((await checksOf(etags, isBusy, verify, true)).sumOf(false)).toEqual(expected);
		},
	);

	it('is a CRC-32 for a later run if the processor becomes busy in the middle of the part', () => {
		let turns = 0;
		const checks = createPartChecks({
			verifyParts: 'automatic',
			hashing: nodeHashing,
			clock: { now: () => (turns += 100), sleep: noWait, timeout: () => new AbortController().signal, random: () => 0 },
			load: { watch: () => () => 1 },
			totalBytes: 0,
			isNoted: true,
			onOpaque: () => undefined,
		});
		const checksum = checks.start(20 * mebibyte, false);
		const zeros = Buffer.alloc(mebibyte);
		let crc32 = 0;
		for (let turn = 0; turn < 20; turn++) {
			checksum.update(zeros);
			crc32 = nodeHashing.crc32(zeros, crc32);
		}
		expect(checksum.finish()).toEqual({ crc32: crc32.toString(16).padStart(8, '0') });
	});

	it('is a CRC-32 if there must be one, even if the processor is busy and nothing is noted', async () => {
		const { sumOf } = await checksOf('md5', true, 'automatic');
		expect([sumOf(false), sumOf(false, part.length, true)]).toEqual([{}, partCrc]);
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
