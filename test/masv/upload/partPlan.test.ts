import { MasvCancelledError, MasvInputError } from '../../../masv/errors';
import type { PlanRequest } from '../../../masv/upload/partPlan';
import { planParts } from '../../../masv/upload/partPlan';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';
import { randomOf } from '../../support/random';
import { fetchPartLimits, s3Limits } from '../../../masv/upload/partLimits';
import { partRange } from '../../../masv/transfer/ranges';

useNock();

const mebibyte = 1024 * 1024;
const tebibyte = mebibyte * mebibyte;

const plan = (bytes: number, more: Partial<PlanRequest> = {}) =>
	planParts({ kind: 'range', bytes, limits: s3Limits, parallelParts: 8, file: 'a.mov', ...more });

/** What must be true of every plan. */
function expectSound(bytes: number, more: Partial<PlanRequest> = {}): void {
	const limits = more.limits ?? s3Limits;
	const made = plan(bytes, more);
	const last = partRange(made, bytes, made.parts - 1);
	const facts = {
		bytes,
		startsAtZero: partRange(made, bytes, 0).start === 0,
		endsAtTheEnd: last.start + last.length === bytes,
		lastIsNotEmpty: last.length > 0 || bytes === 0,
		fewEnough: made.parts >= 1 && made.parts <= limits.maxParts,
		largeEnough: made.partBytes >= limits.minPartBytes,
		smallEnough: made.partBytes <= limits.maxPartBytes,
		parallel: made.parallelParts >= 1 && made.parallelParts <= (more.parallelParts ?? 8),
	};
	expect(facts).toEqual({
		bytes,
		startsAtZero: true,
		endsAtTheEnd: true,
		lastIsNotEmpty: true,
		fewEnough: true,
		largeEnough: true,
		smallEnough: true,
		parallel: true,
	});
}

describe('planParts', () => {
	const part = 32 * mebibyte;

	it.each([
		[0, 1],
		[1, 1],
		[part - 1, 1],
		[part, 1],
		[part + 1, 2],
		[2 * part, 2],
	])('cuts %i bytes into %i parts of the wanted size', (bytes, parts) => {
		expect(plan(bytes, { partBytes: part })).toEqual({ partBytes: part, parts, parallelParts: parts });
		expectSound(bytes);
	});

	it.each([
		['a small file into one part', mebibyte, 5, 1],
		['a file that is not large into a part for each connection', 64 * mebibyte, 8, 8],
		['a large file into parts that cost little when sent again', 1024 * mebibyte, 32, 32],
	])('cuts %s', (_, bytes, partMebibytes, parts) => {
		expect(plan(bytes)).toMatchObject({ partBytes: partMebibytes * mebibyte, parts });
	});

	it('cuts 48 TiB into parts that the storage takes', () => {
		expectSound(48 * tebibyte);
		expect(plan(48 * tebibyte).parts).toBeGreaterThan(9_990);
	});

	it.each([s3Limits.maxPartBytes * s3Limits.maxParts - 1, s3Limits.maxPartBytes * s3Limits.maxParts])(
		'still takes a file of %i bytes',
		(bytes) => expectSound(bytes),
	);

	it('refuses a file that no plan fits', () => {
		expect(() => plan(s3Limits.maxPartBytes * s3Limits.maxParts + 1)).toThrow(MasvInputError);
		expect(() => plan(101, { limits: { minPartBytes: 1, maxPartBytes: 10, maxParts: 10 } })).toThrow(
			'"a.mov" is 101 bytes; the limit is 100 bytes',
		);
	});

	it('makes parts larger than the user wants when the file needs it, and smaller when the service does', () => {
		expect(plan(tebibyte, { partBytes: 5 * mebibyte }).partBytes).toBe(105 * mebibyte);
		expect(plan(mebibyte, { partBytes: 10 * 1024 * mebibyte }).partBytes).toBe(s3Limits.maxPartBytes);
		expect(plan(mebibyte, { partBytes: mebibyte }).partBytes).toBe(5 * mebibyte);
	});

	it.each([
		[8, 8],
		[96, 96],
		[97, 96],
		[5120, 96],
	])('cuts a stream into parts of %i MiB only as far as memory may hold them: %i MiB', (wished, partMebibytes) => {
		const { partBytes } = plan(tebibyte / 4, { kind: 'stream', partBytes: wished * mebibyte });
		expect(partBytes).toBe(Math.max(partMebibytes, 27) * mebibyte);
	});

	it('is sound for every size, wish and limit', () => {
		const random = randomOf(1);
		for (let turn = 0; turn < 2_000; turn++) {
			const limits = {
				minPartBytes: random(1, 20 * mebibyte),
				maxPartBytes: random(20 * mebibyte, 5 * 1024 * mebibyte),
				maxParts: random(1, 10_000),
			};
			const bytes = random(0, Math.min(limits.maxPartBytes * limits.maxParts, 2 ** random(1, 50)));
			const partBytes = turn % 3 === 0 ? undefined : random(1, 6 * 1024 * mebibyte);
			expectSound(bytes, {
				limits,
				partBytes,
				kind: turn % 2 === 0 ? 'range' : 'stream',
				parallelParts: random(1, 64),
			});
		}
	});
});

describe('fetchPartLimits', () => {
	const spec = '/v1/system/packages/spec';

	it('takes what MASV says', async () => {
		masv().get(spec).reply(200, { max_chunk_count: 5_000, max_chunk_size: 1_000_000_000, min_chunk_size: 1_000_000 });
		expect(await fetchPartLimits(nockClient())).toEqual({
			maxParts: 5_000,
			maxPartBytes: 1_000_000_000,
			minPartBytes: 1_000_000,
		});
	});

	it.each<[string, number, string | object]>([
		['nothing', 404, ''],
		['trouble', 503, ''],
		['a page', 200, '<html>'],
		['nonsense', 200, { max_chunk_count: 0, max_chunk_size: -1, min_chunk_size: 'x' }],
	])('takes the limits of S3 when MASV says %s, at once', async (_, status, body) => {
		masv().get(spec).reply(status, body);
		expect(await fetchPartLimits(nockClient())).toEqual(s3Limits);
	});

	it('does not go on when the work was stopped', async () => {
		expect(await failureOf(fetchPartLimits(nockClient({ signal: AbortSignal.abort() })))).toBeInstanceOf(
			MasvCancelledError,
		);
	});
});
