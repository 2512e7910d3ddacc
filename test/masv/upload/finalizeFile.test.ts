import { noRetry, outageOf } from '../../../masv/retry';
import type { RetryPolicy } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FinalizeOutcome } from '../../../masv/upload/finalizeFile';
import { finalizeFile } from '../../../masv/upload/finalizeFile';
import { instantClock } from '../../support/instantClock';
import { failureOf, forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

const files = '/v1/packages/P1/files';
const route = `${files}/F1/finalize`;
const clip = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt: new Date(0) });

async function finalize(
	wasRequested = false,
	policy: RetryPolicy = outageOf(120_000),
	clock = instantClock(),
): Promise<FinalizeOutcome> {
	const stored = {
		plan: { partBytes: 5, parts: 2, parallelParts: 1 },
		upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
		parts: [
			{ etag: '"e1"', attempts: 1 },
			{ etag: '"e2"', attempts: 1 },
		],
	};
	return await finalizeFile(accessTo(nockClient({ clock }), policy), clip, stored, wasRequested);
}

const answers = (status: number, message?: string) =>
	masv()
		.post(route)
		.reply(status, message === undefined ? undefined : { message });
const lists = (completed: boolean | undefined, times = 1) =>
	masv()
		.get(files)
		.times(times)
		.reply(200, [{ id: 'F1', name: 'clip.mov', path: '/', size: 7, completed }]);
const listsNothing = (times = 1) => masv().get(files).times(times).reply(200, []);

describe('a file that MASV is still assembling', () => {
	it.each([
		[504, undefined],
		[409, undefined],
		[409, 'Finalize is in progress'],
		[400, 'already in progress'],
		[422, 'File is being assembled'],
	])('is asked about until it is complete (%i %s)', async (status, message) => {
		answers(status, message);
		lists(false);
		answers(409, 'in progress');
		lists(true);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('is finalized once the request succeeds', async () => {
		answers(409);
		lists(undefined);
		answers(204);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('has its own patience, however short outages may last', async () => {
		answers(504);
		for (let turn = 0; turn < 10; turn++) {
			lists(false);
			answers(409);
		}
		lists(true);
		expect(await finalize(false, noRetry)).toEqual({ kind: 'finalized' });
	});

	it('fails in the end, and says why', async () => {
		masv().post(route).times(10_000).reply(409, { message: 'in progress' });
		masv().get(files).times(10_000).reply(200, []);
		const clock = instantClock();
		expect(await failureOf(finalize(false, noRetry, clock))).toMatchObject({ status: 409 });
		const waited = clock.slept.reduce((sum, ms) => sum + ms);
		expect(waited).toBeLessThanOrEqual(15 * 60_000);
		expect(waited).toBeGreaterThan(10 * 60_000);
		forgetTheRest();
	});
});

describe('a file that was finalized before, without this run knowing', () => {
	it('is complete if the list says so, whatever the refusal says', async () => {
		for (const message of ['already finalized', 'size does not fit', 'no such upload']) {
			answers(400, message);
			lists(true);
			expect(await finalize()).toEqual({ kind: 'finalized' });
		}
	});

	it('is not even requested again if an earlier run may have done so and the list shows it as complete', async () => {
		lists(true);
		expect(await finalize(true)).toEqual({ kind: 'finalized' });
	});

	it('is complete after a list that was behind', async () => {
		answers(400, 'already finalized');
		lists(false);
		lists(true);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('is complete where the list does not say, because only this delivery knows its ID', async () => {
		answers(400, 'file is already finalized');
		lists(undefined);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('is complete if its upload is gone after a request that may have succeeded', async () => {
		lists(undefined);
		answers(404, 'NoSuchUpload');
		lists(undefined);
		expect(await finalize(true)).toEqual({ kind: 'finalized' });
	});
});

describe('a file that MASV cannot assemble', () => {
	it.each(['InvalidPart: one of the parts', 'EntityTooSmall', 'size does not fit'])(
		'is refused if the list keeps showing it as unfinished (%s)',
		async (message) => {
			answers(400, message);
			lists(false, 100);
			expect(await finalize()).toMatchObject({ kind: 'refused', error: { status: 400 } });
			forgetTheRest();
		},
	);

	it('is refused if the list no longer has it', async () => {
		answers(404, 'no such file');
		listsNothing(100);
		expect(await finalize()).toMatchObject({ kind: 'refused', error: { status: 404 } });
		forgetTheRest();
	});

	it('is refused if its parts are not those in the storage, although the list does not say whether it is complete', async () => {
		answers(400, 'InvalidPart');
		lists(undefined);
		expect(await finalize()).toMatchObject({ kind: 'refused' });
	});

	it('is doubtful if neither the refusal nor the list says whether it is complete', async () => {
		answers(400, 'invalid state');
		lists(undefined);
		expect(await finalize()).toMatchObject({ kind: 'doubtful' });
	});

	it('is refused if its upload is gone, and the list keeps showing it as unfinished for as long as assembling may take', async () => {
		masv()
			.get(files)
			.times(10_000)
			.reply(200, [{ id: 'F1', name: 'clip.mov', path: '/', size: 7, completed: false }]);
		masv().post(route).times(10_000).reply(404, { message: 'NoSuchUpload' });
		expect(await finalize(true)).toMatchObject({ kind: 'refused', error: { status: 404 } });
		forgetTheRest();
	});

	it('is doubtful if MASV says that it is done and its list that it is not', async () => {
		answers(400, 'already finalized');
		lists(false, 100);
		expect(await finalize()).toMatchObject({ kind: 'doubtful' });
		forgetTheRest();
	});

	it('fails if MASV refuses the caller', async () => {
		answers(403, 'no permission');
		expect(await failureOf(finalize())).toMatchObject({ status: 403 });
	});
});
