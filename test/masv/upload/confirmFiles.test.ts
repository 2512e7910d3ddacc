import { noRetry, outageOf } from '../../../masv/retry';
import type { MasvFile } from '../../../masv/schemas';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { confirmFiles } from '../../../masv/upload/confirmFiles';
import { listedFile } from '../../support/listedFile';
import { failureOf, forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo, nothingKnown } from '../../support/packageAccess';

useNock();

const files = '/v1/packages/P1/files';
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: 'day 1', modifiedAt });
const file = {
	id: 'F1',
	name: 'clip.mov',
	path: 'day 1',
	size: 7,
	parts: 1,
	retried_parts: 0,
	resumed_parts: 0,
	md5_verified: true,
	duration_ms: 1,
};
const listed = (more: Partial<MasvFile> = {}): MasvFile => listedFile(modifiedAt, { path: '/day 1', ...more });
const lists = (entries: MasvFile[], times = 1) => masv().get(files).times(times).reply(200, entries);
const confirm = async (ownIds: string[] = ['F1'], sentIds = ['F1'], policy = outageOf(120_000)): Promise<boolean> =>
	await confirmFiles(
		accessTo(nockClient(), policy),
		[{ source, file }],
		{ ...nothingKnown(), ownIds: new Set(ownIds) },
		new Set(sentIds),
	);

describe('a package is confirmed', () => {
	it.each<MasvFile[][]>([
		[[listed()]],
		[[listed({ completed: undefined })]],
		[[listed({ size: undefined })]],
		[[listed(), listed({ id: 'Z', kind: 'zip_mac', name: 'all.zip' }), listed({ id: 'D', kind: 'directory' })]],
	])('if the list shows exactly what was sent (%j)', async (entries) => {
		lists(entries);
		expect(await confirm()).toBe(true);
	});

	it('after one refusal and the pages of a gateway', async () => {
		masv().get(files).reply(404).get(files).times(5).reply(403, '<!doctype html>');
		lists([listed()]);
		expect(await confirm()).toBe(true);
	});

	it('once a list that was out of date shows the file, and shows it as complete', async () => {
		lists([]);
		lists([listed({ completed: false })]);
		lists([listed({ size: 0 })]);
		lists([listed()]);
		expect(await confirm()).toBe(true);
	});

	it('after what this delivery left in it was removed', async () => {
		lists([listed(), listed({ id: 'F0', completed: false })], 2);
		masv().delete(`${files}/F0`).reply(204);
		lists([listed()], 2);
		expect(await confirm(['F0', 'F1'])).toBe(true);
	});

	it('after an unfinished entry of an unknown ID at the place of a file was removed, seen twice', async () => {
		lists([listed(), listed({ id: 'lost', completed: undefined })], 2);
		masv().delete(`${files}/lost`).reply(204);
		lists([listed()], 2);
		expect(await confirm()).toBe(true);
	});

	it('without removing an unfinished entry that was listed once only', async () => {
		lists([listed(), listed({ id: 'lost', completed: false })]);
		lists([listed()]);
		expect(await confirm()).toBe(true);
	});
});

describe('a package is not confirmed, but may be finalized', () => {
	it('if MASV repeats that it has no list', async () => {
		masv().get(files).times(2).reply(404);
		expect(await confirm()).toBe(false);
	});

	it('if all that MASV has ever responded instead of a list is a page', async () => {
		masv().get(files).times(1_000).reply(404, '<!doctype html>');
		expect(await confirm(['F1'], [])).toBe(false);
		forgetTheRest();
	});

	it('if the list keeps lacking a file that MASV confirmed to this run', async () => {
		lists([], 100);
		expect(await confirm()).toBe(false);
		forgetTheRest();
	});
});

describe('a package must not be finalized', () => {
	it('if only an earlier run sent a file, and the list that MASV had then is out of reach', async () => {
		masv().get(files).times(2).reply(404);
		const known = { ...nothingKnown(), wasListed: true };
		const failure = failureOf(confirmFiles(accessTo(nockClient()), [{ source, file }], known, new Set()));
		expect(await failure).toMatchObject({ code: 'package_not_listed' });
	});

	it('if a file that an earlier run sent is gone', async () => {
		lists([], 100);
		expect(await failureOf(confirm(['F1'], []))).toMatchObject({ code: 'file_missing_in_package' });
		forgetTheRest();
	});

	it('if each list shows something else that is left, for longer than a list may be behind', async () => {
		for (let looks = 0; looks < 20; looks++) {
			lists([listed(), listed({ id: 'F0', completed: false })]);
			lists([listed(), listed({ id: 'F2', completed: false })]);
		}
		expect(await failureOf(confirm())).toMatchObject({ code: 'package_not_listed' });
		forgetTheRest();
	});

	it('if MASV lists another size, for longer than a list may be behind', async () => {
		lists([listed({ size: 6 })], 100);
		expect(await failureOf(confirm())).toMatchObject({ code: 'package_file_different' });
		forgetTheRest();
	});

	it.each([listed({ id: 'X', name: 'other.mov' }), listed({ id: 'X', completed: true })])(
		'if it contains a file of someone else, which is not touched (%j)',
		async (stranger) => {
			lists([listed(), stranger]);
			expect(await failureOf(confirm())).toMatchObject({ code: 'package_file_unknown', facts: { file_id: 'X' } });
		},
	);

	it('if what this delivery left cannot be removed', async () => {
		lists([listed(), listed({ id: 'F0', completed: false })], 100);
		masv().delete(`${files}/F0`).reply(405);
		expect(await failureOf(confirm(['F0', 'F1'], ['F1'], noRetry))).toMatchObject({ facts: { file_id: 'F0' } });
		forgetTheRest();
	});
});
