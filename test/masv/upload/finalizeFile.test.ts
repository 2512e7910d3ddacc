import type { Clock } from '../../../masv/clock';
import { noRetry, outageOf } from '../../../masv/retry';
import type { RetryPolicy } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { EarlierFinalize, FinalizeOutcome } from '../../../masv/upload/finalizeFile';
import { finalizeFile } from '../../../masv/upload/finalizeFile';
import { instantClock } from '../../support/instantClock';
import { failureOf, forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

const files = '/v1/packages/P1/files';
const route = `${files}/F1/finalize`;
const clip = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt: new Date(0) });

async function finalize(
	earlier: EarlierFinalize = 'nothing',
	policy: RetryPolicy = outageOf(120_000),
	clock: Clock = instantClock(),
	attempts = 1,
): Promise<FinalizeOutcome> {
	const stored = {
		plan: { partBytes: 5, parts: 2, parallelParts: 1 },
		upload: { fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
		parts: [
			{ etag: '"e1"', attempts },
			{ etag: '"e2"', attempts },
		],
	};
	return await finalizeFile(accessTo(nockClient({ clock }), policy), clip, stored, earlier);
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

describe('a file that MASV is still assembling (row 6)', () => {
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
		expect(await finalize('nothing', noRetry)).toEqual({ kind: 'finalized' });
	});

	it('fails in the end, and says why', async () => {
		masv().post(route).times(10_000).reply(409, { message: 'in progress' });
		masv().get(files).times(10_000).reply(200, []);
		const clock = instantClock();
		expect(await failureOf(finalize('nothing', noRetry, clock))).toMatchObject({ status: 409 });
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
		expect(await finalize('intended')).toEqual({ kind: 'finalized' });
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

	it('is complete if its upload is gone after a request of this run, which had just stored parts', async () => {
		answers(502);
		lists(undefined);
		answers(404, 'NoSuchUpload');
		lists(undefined);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('is complete if its upload is gone after MASV was assembling it', async () => {
		lists(undefined);
		answers(400, 'already in progress');
		lists(undefined);
		answers(400, 'NoSuchUpload');
		lists(undefined);
		expect(await finalize('intended', undefined, undefined, 0)).toEqual({ kind: 'finalized' });
	});

	it.each<[string, EarlierFinalize, number | undefined]>([
		['an earlier run was only about to request it', 'intended', undefined],
		['a request of this run was lost, but no part shows that the upload was still there', 'nothing', 502],
		['the same with one that a gateway did not wait for', 'nothing', 504],
	])('is doubtful if its upload is gone and the list does not say: %s', async (_, earlier, lost) => {
		if (lost !== undefined) answers(lost);
		lists(undefined, 2);
		answers(400, 'NoSuchUpload: the upload does not exist');
		expect(await finalize(earlier, undefined, undefined, 0)).toMatchObject({ kind: 'doubtful' });
	});

	it.each([
		['lists it as unfinished', () => lists(false, 100)],
		['does not list it', () => listsNothing(100)],
	])('is not finalized if MASV says that it cannot be, and %s', async (_, shows) => {
		answers(400, 'a part is missing');
		shows();
		expect(await finalize()).toMatchObject({ kind: 'refused' });
		forgetTheRest();
	});

	it.each([
		['lists it as unfinished', () => lists(false, 10_000)],
		['does not list it', () => listsNothing(10_000)],
	])(
		'is doubtful if its upload is gone, was not seen to be alive, and MASV %s for as long as it may take',
		async (_, shows) => {
			answers(502);
			shows();
			masv().post(route).times(10_000).reply(400, { message: 'NoSuchUpload' });
			expect(await finalize('nothing', undefined, undefined, 0)).toMatchObject({ kind: 'doubtful' });
			forgetTheRest();
		},
	);

	it.each([
		['already finalized', false],
		['NoSuchUpload', false],
		['invalid state', false],
		['NoSuchUpload', undefined],
	])('is complete if MASV had confirmed it, and still lists it (%s, completed %s)', async (message, completed) => {
		answers(400, message);
		lists(completed, 100);
		expect(await finalize('confirmed')).toEqual({ kind: 'finalized' });
		forgetTheRest();
	});

	it.each([false, undefined])('is complete if MASV says so, although its list does not (%s)', async (completed) => {
		answers(400, 'file is already finalized');
		if (completed === false) lists(false, 100);
		else listsNothing(100);
		expect(await finalize()).toEqual({ kind: 'finalized' });
		forgetTheRest();
	});

	it.each([
		['shows it as complete', () => lists(false, 10_000)],
		['shows it', () => listsNothing(10_000)],
	])(
		'is complete if MASV was asked in this run and its upload is gone, although the list never %s',
		async (_, shows) => {
			answers(504);
			shows();
			masv().post(route).times(10_000).reply(400, { message: 'NoSuchUpload' });
			expect(await finalize()).toEqual({ kind: 'finalized' });
			forgetTheRest();
		},
	);

	it.each([5_000, 120_000])(
		'is complete if MASV keeps answering 200, although the list never shows it as complete (patience of %i ms)',
		async (patienceMs) => {
			lists(false, 10_000);
			masv().post(route).times(10_000).reply(200, {});
			expect(await finalize('nothing', outageOf(patienceMs))).toEqual({ kind: 'finalized' });
			forgetTheRest();
		},
	);

	it('is not complete because a page came with 200, however often', async () => {
		lists(false, 10_000);
		masv().post(route).times(10_000).reply(200, '<html><title>Gateway</title></html>');
		expect(await failureOf(finalize('nothing', outageOf(5_000)))).toMatchObject({ code: 'response_malformed' });
		forgetTheRest();
	});

	it('is not waited for longer than a quarter of an hour if a gateway answers for MASV for ever', async () => {
		lists(false, 10_000);
		masv().post(route).times(10_000).reply(504);
		const clock = instantClock();
		expect(await failureOf(finalize('nothing', outageOf(900_000), clock))).toMatchObject({ status: 504 });
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(900_000);
		forgetTheRest();
	});

	it.each([400, 403, 404])('is asked about again if a gateway answers with a page (%i)', async (status) => {
		masv().post(route).reply(status, '<html><title>Gateway</title></html>');
		answers(204);
		expect(await finalize()).toEqual({ kind: 'finalized' });
	});

	it('fails if a gateway keeps answering with a page, which says nothing about the file', async () => {
		masv().post(route).times(10_000).reply(400, '<html><title>Gateway</title></html>');
		const clock = instantClock();
		expect(await failureOf(finalize('nothing', undefined, clock))).toMatchObject({ status: 400 });
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThan(90_000);
		forgetTheRest();
	});

	it('is not complete because the package is finalized', async () => {
		answers(400, 'the package is already finalized');
		lists(undefined);
		expect(await finalize()).toMatchObject({ kind: 'doubtful' });
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

	it('is refused if neither the list nor MASV knows it any more, although an earlier run was about to finalize it', async () => {
		listsNothing(100);
		answers(404, 'no such file');
		expect(await finalize('intended')).toMatchObject({ kind: 'refused', error: { status: 404 } });
		forgetTheRest();
	});

	it.each([0, 3_600_000])(
		'is doubtful if its upload is gone and the list keeps showing it as unfinished, not earlier than assembling may take, although the clock jumps by %i ms',
		async (jumpMs) => {
			lists(false, 10_000);
			masv().post(route).times(10_000).reply(404, { message: 'NoSuchUpload' });
			const clock = instantClock();
			const jumping = { ...clock, now: () => clock.now() + (clock.slept.length > 3 ? jumpMs : 0) };
			const outcome = await finalize('intended', outageOf(120_000), jumping);
			expect(outcome).toMatchObject({ kind: 'doubtful', error: { status: 404 } });
			expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeGreaterThan(8 * 60_000);
			forgetTheRest();
		},
	);

	it('fails if MASV refuses the caller', async () => {
		answers(403, 'no permission');
		expect(await failureOf(finalize())).toMatchObject({ status: 403 });
	});
});
