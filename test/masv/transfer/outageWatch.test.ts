import { MasvApiError, MasvConnectionError } from '../../../masv/errors';
import type { RetryPolicy } from '../../../masv/retry';
import { noRetry, outageOf } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { createOutageWatch } from '../../../masv/transfer/outageWatch';
import { uploadFiles } from '../../../masv/upload/uploadFiles';
import { instantClock } from '../../support/instantClock';
import { nockClient } from '../../support/nockMasv';
import { accessTo, allOf, nothingKnown } from '../../support/packageAccess';

const minute = 60_000;
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const refused = new MasvConnectionError('MASV cannot be reached', {
	code: 'connection_refused',
	mayHaveSucceeded: false,
});
const answer = (status: number) =>
	new MasvApiError({
		code: 'request_rejected',
		operation: 'add the file',
		service: 'MASV',
		status,
		details: [],
	});

/** Uploads 60 files one after another, each of which fails in this way. @returns the failures, and the time waited */
async function uploadAll(failure: Error, policy: RetryPolicy) {
	const clock = instantClock();
	let added = 0;
	const client = nockClient({
		clock,
		transport: async ({ method }) => {
			if (method === 'GET') return await Promise.resolve({ status: 404, headers: {}, text: '' });
			added++;
			throw failure;
		},
	});
	const names = Array.from({ length: 60 }, (_, index) => `${index}.mov`);
	const sources = names.map((name) => bufferSource(Buffer.from('content'), { name, path: '', modifiedAt }));
	const options = { stopAtFirst: false, parallelParts: 1, policy };
	const results = await uploadFiles(accessTo(client, policy), allOf(sources), nothingKnown(), options);
	const errors = results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined));
	return { errors, added, waitedMs: clock.slept.reduce((sum, ms) => sum + ms, 0) };
}

describe('files that are uploaded independently', () => {
	it('fail with the first ones in an outage, instead of waiting for its end one after another', async () => {
		const { errors, waitedMs } = await uploadAll(refused, outageOf(minute));
		// 13 files are tried at the same time.
		expect(waitedMs).toBeLessThanOrEqual(13 * minute);
		expect(errors[0]).toBe(refused);
		expect(errors.at(-1)).toMatchObject({
			code: 'connection_refused',
			file: '59.mov',
			message: '"59.mov" was not uploaded after the failure of another file. MASV cannot be reached',
			cause: refused,
		});
	});

	it.each([401, 402])('fail together if the account is the reason (%i)', async (status) => {
		const { added } = await uploadAll(answer(status), outageOf(minute));
		expect(added).toBeLessThanOrEqual(13);
	});

	it('are all tried if MASV refuses them', async () => {
		expect((await uploadAll(answer(422), outageOf(minute))).added).toBe(60);
	});

	it('are all tried if nothing is to be retried', async () => {
		expect((await uploadAll(refused, noRetry)).added).toBe(60);
	});
});

describe('a failure that says nothing about the file', () => {
	const facts = { name: 'b.mov', path: '', bytes: 1, modifiedAt };

	it('is that of one file if others were uploaded at the same time', () => {
		let now = 0;
		const watch = createOutageWatch({ now: () => now }, outageOf(minute), 'uploaded');
		watch.succeeded();
		now += minute / 2;
		watch.failed(answer(500));
		expect(() => watch.check(facts)).not.toThrow();
		now += 1;
		watch.failed(answer(500));
		expect(() => watch.check(facts)).toThrow('"b.mov" was not uploaded after the failure of another file');
	});
});
