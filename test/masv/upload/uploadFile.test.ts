import nock from 'nock';

import { MasvApiError, MasvTransferError } from '../../../masv/errors';
import type { RetryPolicy } from '../../../masv/retry';
import { outageOf } from '../../../masv/retry';
import type { FileSource, FileStamp } from '../../../masv/transfer/source';
import type { FileNote, Notebook } from '../../../masv/upload/notes';
import type { PartNote } from '../../../masv/upload/partNote';
import type { UploadedFile } from '../../../masv/upload/uploadedFile';
import type { FileJob } from '../../../masv/upload/uploadFiles';
import { uploadFiles } from '../../../masv/upload/uploadFiles';
import { instantClock } from '../../support/instantClock';
import { accessTo, allOf, nothingKnown } from '../../support/packageAccess';
import { forgetTheRest, masv, nockClient, storageUrl, useNock } from '../../support/nockMasv';
import { nothingNoted } from '../../support/nothingNoted';
import { bufferSource } from '../../../masv/transfer/bufferSource';

useNock();

const files = '/v1/packages/P1/files';
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const clip = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: 'day 1', modifiedAt });
const lostAnswer = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const blueprint = (path: string, more = {}) => ({ url: `${storageUrl}${path}`, headers: {}, ...more });
const begun = (uploadId: string) =>
	`<InitiateMultipartUploadResult><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;

/** Uploads one file; MASV does not tell its limits. */
async function upload(source: FileSource, policy?: RetryPolicy, clock = instantClock()) {
	masv().get('/v1/system/packages/spec').reply(404);
	const client = nockClient({ clock });
	const options = { stopAtFirst: true, policy };
	const [result] = await uploadFiles(accessTo(client, policy), allOf([source]), nothingKnown(), options);
	return result as { status: string; value: UploadedFile; reason: unknown };
}

function registers(id: string): void {
	masv()
		.post(files)
		.reply(201, { file: { id }, create_blueprint: blueprint(`/create/${id}`, { method: 'POST' }) });
}

function begins(id: string): void {
	nock(storageUrl)
		.post(`/create/${id}`)
		.reply(200, begun(`up-${id}`));
}

function signs(id: string, path = `/part/${id}`, start = 0): void {
	masv()
		.post(`${files}/${id}?start=${start}&count=1`, { upload_id: `up-${id}` })
		.reply(200, [blueprint(path)]);
}

function stores(path: string, etag = '"e1"', body = 'content'): void {
	nock(storageUrl).put(path, body).reply(200, '', { etag });
}

function finalizes(id: string): void {
	masv().post(`${files}/${id}/finalize`).reply(204);
}

/** All requests of a file that is sent. */
function takesFile(id: string): void {
	registers(id);
	begins(id);
	signs(id);
	stores(`/part/${id}`);
	finalizes(id);
}

describe('small files', () => {
	it('are all closed when one of them is refused before its turn to be read', async () => {
		let open = 0;
		const watched = (name: string): FileSource => ({
			...clip,
			name,
			open: async () => {
				open++;
				return { ...(await clip.open()), close: () => void open-- };
			},
		});
		masv().get('/v1/system/packages/spec').reply(404);
		takesFile('F1');
		masv().post(files).reply(422, { message: 'no such name' });
		const client = nockClient();
		const jobs = allOf([watched('a'), watched('b')]);
		const results = await uploadFiles(accessTo(client), jobs, nothingKnown(), { stopAtFirst: false });
		expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		expect(open).toBe(0);
	});
});

describe('a file', () => {
	it('is registered, begun, stored and finalized, each with its own secret', async () => {
		const ofPackage = { reqheaders: { 'x-package-token': 'token-1' }, badheaders: ['x-api-key'] };
		const bare = { badheaders: ['x-package-token', 'x-api-key', 'content-type', 'accept'] };
		masv(ofPackage)
			.post(files, {
				kind: 'file',
				name: 'clip.mov',
				path: 'day 1',
				last_modified: '2026-01-02T03:04:05.678Z',
				size: 7,
				chunk_size: 5 * 1024 * 1024,
			})
			.reply(201, {
				file: { id: 'F1' },
				create_blueprint: blueprint('/create?uploads=', { method: 'POST', headers: { 'x-amz-acl': 'private' } }),
			});
		nock(storageUrl, { reqheaders: { 'x-amz-acl': 'private' }, ...bare })
			.post('/create?uploads=')
			.reply(200, begun(' a&amp;b '));
		masv(ofPackage)
			.post(`${files}/F1?start=0&count=1`, { upload_id: 'a&b' })
			.reply(200, [
				blueprint('/part?partNumber=1', { headers: { 'X-Amz-Tag': ['1', '2'], Host: 'x', 'Content-Length': 9 } }),
			]);
		nock(storageUrl, { reqheaders: { 'x-amz-tag': '1, 2', 'content-length': '7', host: 'storage.masv.test' }, ...bare })
			.put('/part?partNumber=1', 'content')
			.reply(200, '', { etag: '"7be1"' });
		masv(ofPackage)
			.post(`${files}/F1/finalize`, {
				size: 7,
				chunk_size: 5 * 1024 * 1024,
				file_extras: { upload_id: 'a&b' },
				chunk_extras: [{ part_number: '1', etag: '"7be1"' }],
			})
			.reply(204);
		expect((await upload(clip)).value).toMatchObject({
			id: 'F1',
			name: 'clip.mov',
			path: 'day 1',
			size: 7,
			parts: 1,
			retried_parts: 0,
		});
	});

	it('that is empty is one part without a body', async () => {
		registers('F1');
		begins('F1');
		signs('F1');
		nock(storageUrl, { reqheaders: { 'content-length': '0' } })
			.put('/part/F1', '')
			.reply(200, '', { etag: '"d4"' });
		finalizes('F1');
		const empty = bufferSource(Buffer.alloc(0), { name: 'empty.txt', path: '', modifiedAt });
		expect((await upload(empty)).value).toMatchObject({ size: 0, parts: 1 });
	});

	it('whose time no date can express is sent with the nearest one', async () => {
		masv()
			.post(files, ({ last_modified: date }: { last_modified: string }) => date === '9999-12-31T23:59:59.999Z')
			.reply(201, { file: { id: 'F1' }, create_blueprint: blueprint('/create/F1', { method: 'POST' }) });
		begins('F1');
		signs('F1');
		stores('/part/F1');
		finalizes('F1');
		expect((await upload({ ...clip, modifiedAt: new Date(8.64e15) })).status).toBe('fulfilled');
	});

	it('that is shorter than it was is never finalized', async () => {
		const shrunk: FileSource = { ...clip, bytes: 9 };
		registers('F1');
		begins('F1');
		signs('F1');
		masv().delete(`${files}/F1`).reply(204);
		const { reason } = await upload(shrunk);
		expect(reason).toBeInstanceOf(MasvTransferError);
		expect((reason as Error).message).toBe('"day 1/clip.mov" changed during the upload: it ended after 7 of 9 bytes');
	});
});

describe('a file whose upload cannot be begun', () => {
	it('is removed, because a package with an unfinished file cannot be finalized', async () => {
		registers('F1');
		nock(storageUrl).post('/create/F1').reply(400, '<Error><Code>InvalidRequest</Code></Error>');
		masv().delete(`${files}/F1`).reply(204);
		expect((await upload(clip)).reason).toMatchObject({ status: 400, serviceCode: 'InvalidRequest' });
	});
});

describe('a file in a package that was finalized', () => {
	const stamp: FileStamp = { bytes: 7, modified: '5', changed: '6', device: '1', inode: '2' };
	/** Compares the file with a part of which earlier versions noted no more than an opaque ETag. */
	async function compareWith(now: Partial<FileStamp>, part: Partial<PartNote> = {}, more: Partial<FileNote> = {}) {
		masv().get('/v1/system/packages/spec').reply(404);
		const look = () => Promise.resolve({ ...stamp, ...now });
		const source: FileSource = {
			...clip,
			location: '/media/clip.mov',
			stamp: { ...stamp, ...now },
			open: async () => ({ ...(await clip.open()), look }),
		};
		const note: FileNote = {
			id: 'F1',
			fence: 1,
			by: 'delivery',
			place: 'day 1/clip.mov',
			location: '/media/clip.mov',
			stamp,
			bytes: 7,
			modifiedMs: modifiedAt.getTime(),
			uploadId: 'up-F1',
			partBytes: 5 * 1024 * 1024,
			parts: new Map([[0, { etag: '"opaque"', ...part }]]),
			isFinalizing: true,
			mixedBy: new Set(),
			isDoubtful: false,
			isRemoved: false,
			done: undefined,
			reportedBy: new Set(),
			...more,
		};
		const known = { ...nothingKnown(), isClosed: true };
		const jobs: FileJob[] = [{ source, start: { kind: 'check', note } }];
		const [result] = await uploadFiles(accessTo(nockClient()), jobs, known, { stopAtFirst: true });
		return result?.status === 'fulfilled' ? result.value : (result?.reason as unknown);
	}

	it.each<[string, Partial<FileStamp>]>([
		['device', { device: '9' }],
		['inode', { inode: '9' }],
	])('is the one that was sent if only its %s differs and nothing can be compared', async (_, now) => {
		expect(await compareWith(now)).toMatchObject({ id: 'F1', parts: 1, resumed_parts: 1, md5_verified: false });
	});

	it('is sent again if a program may have written to it and nothing can be compared', async () => {
		const { code, message } = (await compareWith({ changed: '7' })) as MasvTransferError;
		expect([code, message]).toEqual([
			'file_changed',
			'"day 1/clip.mov" changed during the upload: its times changed, and there is no checksum of what an earlier run delivered',
		]);
	});

	it.each<[string, Partial<PartNote>, object]>([
		['other', { crc32: '00000000' }, { code: 'file_changed' }],
		['the same', { crc32: 'fec530a9' }, { id: 'F1' }],
	])('is compared by its content if there is a checksum (%s)', async (_, part, expected) => {
		for (const now of [{ device: '9' }, { changed: '7' }]) {
			expect(await compareWith(now, part)).toMatchObject(expected);
		}
	});

	it.each<[string, Partial<FileNote>]>([
		['not all of its parts were noted', { parts: new Map() }],
		['something else may have been stored as one of them', { mixedBy: new Set(['another']) }],
	])('is not taken for the same because the parts that were noted are the same, if %s', async (_, more) => {
		expect(await compareWith({ changed: '7' }, { crc32: 'fec530a9' }, more)).toMatchObject({ code: 'file_changed' });
	});
});

/** Another delivery has begun to upload it. */
const begunByOther: FileNote = {
	id: 'F1',
	fence: 1,
	by: 'another',
	place: 'day 1/clip.mov',
	location: '/media/other.mov',
	stamp: undefined,
	bytes: 7,
	modifiedMs: modifiedAt.getTime(),
	uploadId: 'up-F1',
	partBytes: 5 * 1024 * 1024,
	parts: new Map(),
	...nothingNoted,
};

describe("an upload in somebody's package that goes on with what may be another file", () => {
	const goOn = async (hasFailed: boolean): Promise<unknown[]> => {
		const lines: unknown[] = [];
		const write: Notebook['write'] = ({ kind }, { durable = false } = {}) =>
			Promise.resolve(void lines.push(`${kind}, durable: ${durable}`));
		const notebook = { by: 'mine', fence: 1, write, hasFailed: () => hasFailed };
		const known = { ...nothingKnown(), isOwnPackage: false, notebook };
		const jobs: FileJob[] = [{ source: clip, start: { kind: 'resume', note: begunByOther, compare: true } }];
		masv().get('/v1/system/packages/spec').reply(404);
		const [result] = await uploadFiles(accessTo(nockClient()), jobs, known, { stopAtFirst: true });
		return [result?.status === 'fulfilled' ? result.value.id : (result?.reason as unknown), lines[0]];
	};

	it('notes that before it stores a part', async () => {
		signs('F1');
		stores('/part/F1');
		finalizes('F1');
		expect(await goOn(false)).toEqual(['F1', 'mixing, durable: true']);
	});

	it('begins anew if that cannot be noted', async () => {
		masv().delete(`${files}/F1`).reply(204);
		masv().get(files).reply(200, []);
		takesFile('F2');
		expect(await goOn(true)).toEqual(['F2', 'mixing, durable: true']);
	});
});

describe('a file that another delivery reports and that is not listed', () => {
	/** Its upload is gone, so that only a second request to finalize it can tell whether it is. */
	async function resume(responds: () => void, bytes = 7, isReported = true) {
		masv().get('/v1/system/packages/spec').reply(404);
		masv().get(files).times(100).reply(200, []);
		if (bytes === 7) {
			masv()
				.post(`${files}/F1?start=0&count=1`)
				.reply(200, [blueprint('/part/F1')]);
			nock(storageUrl).put('/part/F1').reply(404, '<Error><Code>NoSuchUpload</Code></Error>');
		}
		responds();
		const result = { id: 'F1', name: 'clip.mov', path: 'day 1', size: 7 } as UploadedFile;
		const note: FileNote = {
			...begunByOther,
			location: undefined,
			bytes,
			parts: new Map([[0, { etag: '"e1"' }]]),
			isFinalizing: true,
			...(isReported && { done: result, reportedBy: new Set(['another']) }),
		};
		const notebook = { by: 'mine', fence: 1, write: () => Promise.resolve() };
		const known = { ...nothingKnown(), isOwnPackage: false, notebook };
		const jobs: FileJob[] = [{ source: clip, start: { kind: 'resume', note, compare: true, isUnlisted: !isReported } }];
		const [outcome] = await uploadFiles(accessTo(nockClient()), jobs, known, { stopAtFirst: true });
		forgetTheRest();
		return outcome?.status === 'fulfilled' ? outcome.value : (outcome?.reason as unknown);
	}

	it('is sent anew if MASV says that it does not exist', async () => {
		const sendsAnew = () => {
			masv().post(`${files}/F1/finalize`).reply(404, { message: 'no such file' });
			takesFile('F2');
		};
		expect(await resume(sendsAnew)).toMatchObject({ id: 'F2' });
	});

	it('is asked about with its own size, and is in the way if it exists', async () => {
		const isAsked = () =>
			masv()
				.post(`${files}/F1/finalize`, (body: { size: number }) => body.size === 9)
				.reply(204);
		expect(await resume(isAsked, 9)).toMatchObject({ code: 'package_file_different', facts: { file_id: 'F1' } });
	});

	it.each([
		[204, undefined, 'package_file_different'],
		[400, 'file is already finalized', 'package_file_different'],
		[400, 'NoSuchUpload', 'package_file_unknown'],
		[400, 'InvalidPart', 'package_file_unknown'],
	])('is neither removed nor sent if it may exist (%i %s)', async (status, message, code) => {
		const refuses = () =>
			masv()
				.post(`${files}/F1/finalize`)
				.times(100)
				.reply(status, message && { message });
		expect(await resume(refuses)).toMatchObject({ code, facts: { file_id: 'F1' } });
	});

	it('is asked about before it is removed although nobody has reported it: it may have been finished all the same', async () => {
		const isAsked = () =>
			masv()
				.post(`${files}/F1/finalize`, (body: { size: number }) => body.size === 9)
				.reply(204);
		expect(await resume(isAsked, 9, false)).toMatchObject({ code: 'package_file_different', facts: { file_id: 'F1' } });
	});
});

describe('an earlier upload of a file of one part, which MASV may have been asked to finalize', () => {
	/** The part is sent again, because it was not noted, and that fails. @returns the error */
	async function goOn(isFinalizing: boolean): Promise<unknown> {
		masv().get('/v1/system/packages/spec').reply(404);
		signs('F1');
		nock(storageUrl).put('/part/F1').reply(400, '<Error><Code>InvalidRequest</Code></Error>');
		const note: FileNote = { ...begunByOther, location: undefined, by: 'mine', isFinalizing };
		const notebook = { by: 'mine', fence: 2, write: () => Promise.resolve() };
		const jobs: FileJob[] = [{ source: clip, start: { kind: 'resume', note, compare: false } }];
		const known = { ...nothingKnown(), notebook };
		const [outcome] = await uploadFiles(accessTo(nockClient()), jobs, known, { stopAtFirst: true });
		return outcome?.status === 'rejected' ? outcome.reason : undefined;
	}

	it('is not removed when it fails, unless nobody has asked', async () => {
		const removal = masv().delete(`${files}/F1`).reply(204);
		expect([await goOn(true), removal.isDone()]).toMatchObject([{ code: 'part_not_stored' }, false]);
		expect([await goOn(false), removal.isDone()]).toMatchObject([{ code: 'part_not_stored' }, true]);
	});
});

describe('an earlier upload of a file whose parts are all in the storage', () => {
	/** @returns the ID of the file, or the error, and whether the earlier entry was removed */
	async function goOn(
		{ isOwnPackage, isDoubtful }: { isOwnPackage: boolean; isDoubtful: boolean },
		message: string,
		completed: boolean | undefined,
	): Promise<[unknown, boolean]> {
		masv().get('/v1/system/packages/spec').reply(404);
		let isRemoved = false;
		masv()
			.get(files)
			.times(10_000)
			.reply(200, () => (isRemoved ? [] : [{ id: 'F1', name: 'clip.mov', path: '/day 1/', size: 7, completed }]));
		masv().post(`${files}/F1/finalize`).times(10_000).reply(400, { message });
		masv()
			.delete(`${files}/F1`)
			.reply(() => {
				isRemoved = true;
				return [204];
			});
		takesFile('F2');
		const parts = new Map([[0, { etag: '"e1"' }]]);
		const asked = { parts, isFinalizing: true, isDoubtful };
		const note: FileNote = { ...begunByOther, ...asked, location: undefined, by: 'mine' };
		const notebook = { by: 'mine', fence: 2, write: () => Promise.resolve() };
		const known = { ...nothingKnown(), isOwnPackage, notebook };
		const jobs: FileJob[] = [{ source: clip, start: { kind: 'resume', note, compare: false } }];
		const policy = outageOf(5_000);
		const [outcome] = await uploadFiles(accessTo(nockClient(), policy), jobs, known, { stopAtFirst: true, policy });
		forgetTheRest();
		return [outcome?.status === 'fulfilled' ? outcome.value.id : (outcome?.reason as unknown), isRemoved];
	}

	it('is replaced in its own package if a second run could not find out either whether it is complete', async () => {
		const own = (isDoubtful: boolean) => goOn({ isOwnPackage: true, isDoubtful }, 'not now', undefined);
		expect(await own(false)).toMatchObject([{ status: 400 }, false]);
		expect(await own(true)).toEqual(['F2', true]);
	});

	it("is replaced in somebody's package only if also its upload is gone and the list shows it as unfinished", async () => {
		const gone = 'NoSuchUpload';
		const foreign = (isDoubtful: boolean, message: string, completed: boolean | undefined) =>
			goOn({ isOwnPackage: false, isDoubtful }, message, completed);
		expect(await foreign(false, gone, false)).toMatchObject([{ status: 400 }, false]);
		expect(await foreign(true, 'not now', undefined)).toMatchObject([{ status: 400 }, false]);
		expect(await foreign(true, gone, undefined)).toMatchObject([{ status: 400 }, false]);
		expect(await foreign(true, gone, false)).toEqual(['F2', true]);
	});

	it.each([
		[
			'cannot be assembled from its parts',
			7,
			() => masv().post(`${files}/F1/finalize`).reply(400, { message: 'InvalidPart' }),
		],
		[
			'is gone',
			5 * 1024 * 1024 + 7,
			() => masv().post(`${files}/F1?start=0&count=2`).twice().reply(404, { message: 'no such upload' }),
		],
	])('is counted once in the progress if it %s, and the file is sent again', async (_, bytes, fails) => {
		masv().get('/v1/system/packages/spec').reply(404);
		fails();
		let listed = [{ id: 'F1', name: 'clip.mov', path: '/day 1/', size: bytes, completed: false }];
		masv()
			.get(files)
			.times(10_000)
			.reply(200, () => listed);
		masv()
			.delete(`${files}/F1`)
			.reply(() => {
				listed = [];
				return [204];
			});
		registers('F2');
		begins('F2');
		const paths = Array.from({ length: Math.ceil(bytes / (5 * 1024 * 1024)) }, (__, index) => `/part/${index}`);
		masv()
			.post(`${files}/F2?start=0&count=${paths.length}`)
			.reply(
				200,
				paths.map((path) => blueprint(path)),
			);
		for (const path of paths) nock(storageUrl).put(path).reply(200, '', { etag: '"e"' });
		finalizes('F2');
		const source = bufferSource(Buffer.alloc(bytes), { name: 'clip.mov', path: 'day 1', modifiedAt });
		const parts = new Map([[0, { etag: '"e1"' }]]);
		const note: FileNote = { ...begunByOther, bytes, parts, location: undefined, by: 'mine' };
		const jobs: FileJob[] = [{ source, start: { kind: 'resume', note, compare: false } }];
		const counted: number[] = [];
		const [outcome] = await uploadFiles(accessTo(nockClient(), outageOf(5_000)), jobs, nothingKnown(), {
			stopAtFirst: true,
			partBytes: 5 * 1024 * 1024,
			progressEveryMs: 0,
			onProgress: (progress) => counted.push(progress.bytes),
		});
		forgetTheRest();
		expect(outcome).toMatchObject({ value: { id: 'F2' } });
		expect([counted.at(-1), Math.max(...counted)]).toEqual([bytes, bytes]);
	});

	it('is not removed if a part is refused because the file is complete', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		signs('F1');
		nock(storageUrl).put('/part/F1').reply(404, '<Error><Code>NoSuchUpload</Code></Error>');
		masv()
			.get(files)
			.reply(200, [{ id: 'F1', name: 'clip.mov', path: '/day 1/', size: 7, completed: true }]);
		const removal = masv().delete(`${files}/F1`).reply(204);
		const note: FileNote = { ...begunByOther, location: undefined, by: 'mine', isFinalizing: true };
		const notebook = { by: 'mine', fence: 2, write: () => Promise.resolve() };
		const jobs: FileJob[] = [{ source: clip, start: { kind: 'resume', note, compare: false } }];
		const known = { ...nothingKnown(), notebook };
		const [outcome] = await uploadFiles(accessTo(nockClient()), jobs, known, { stopAtFirst: true });
		expect([outcome, removal.isDone()]).toMatchObject([{ reason: { code: 'part_not_stored' } }, false]);
		forgetTheRest();
	});
});

it('a file is noted before it is added, because the response may be lost', async () => {
	const events: string[] = [];
	masv().get('/v1/system/packages/spec').reply(404);
	masv()
		.post(files)
		.reply(() => {
			events.push('added');
			return [422, { message: 'no' }];
		});
	const write: Notebook['write'] = async ({ kind }) => {
		await new Promise((resolve) => setImmediate(resolve));
		events.push(kind);
	};
	const known = { ...nothingKnown(), notebook: { by: 'mine', fence: 1, write } };
	await uploadFiles(accessTo(nockClient()), allOf([clip]), known, { stopAtFirst: true });
	expect(events).toEqual(['adding', 'added']);
});

it('the MD5 of a file is known before the file is finalized: afterwards, it may change', async () => {
	masv().get('/v1/system/packages/spec').reply(404);
	registers('F1');
	begins('F1');
	signs('F1');
	stores('/part/F1');
	const stamp: FileStamp = { bytes: 7, modified: '5', changed: '6', device: '1', inode: '2' };
	let now = stamp;
	masv()
		.post(`${files}/F1/finalize`)
		.reply(() => {
			now = { ...stamp, modified: '7' };
			return [204];
		});
	const look = () => Promise.resolve(now);
	const source: FileSource = { ...clip, stamp, open: async () => ({ ...(await clip.open()), look }) };
	const options = { stopAtFirst: true, wholeMd5: true };
	const [outcome] = await uploadFiles(accessTo(nockClient()), allOf([source]), nothingKnown(), options);
	expect(outcome).toMatchObject({ value: { md5: '9a0364b9e99bb480dd25e1f0284c8555' } });
});

describe("a file in somebody's package that changes while it is sent", () => {
	it('is removed, because no later run can continue it and nobody else knows whose it is', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		registers('F1');
		begins('F1');
		masv()
			.post(`${files}/F1?start=0&count=2`)
			.reply(200, [blueprint('/part/1'), blueprint('/part/2')]);
		const removal = masv().delete(`${files}/F1`).reply(204);
		const source = bufferSource(Buffer.alloc(6 * 1024 * 1024), { name: 'clip.mov', path: 'day 1', modifiedAt });
		const stamp: FileStamp = { bytes: source.bytes, modified: '5', changed: '6', device: '1', inode: '2' };
		const look = () => Promise.resolve({ ...stamp, modified: '7' });
		const changing: FileSource = { ...source, stamp, open: async () => ({ ...(await source.open()), look }) };
		const lines: unknown[] = [];
		const write = (line: { kind: string }): Promise<void> => Promise.resolve(void lines.push(line.kind));
		const known = { ...nothingKnown(), isOwnPackage: false, notebook: { by: 'mine', fence: 1, write } };
		const options = { stopAtFirst: true, partBytes: 5 * 1024 * 1024 };
		const [outcome] = await uploadFiles(accessTo(nockClient()), allOf([changing]), known, options);
		expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'file_changed' } });
		expect([removal.isDone(), lines]).toEqual([true, ['adding', 'file', 'file', 'removed']]);
		forgetTheRest();
	});
});

describe('a lost answer to registering', () => {
	/** As MASV lists a file that was sent from `clip`. */
	const listed = (id: string, more: object = {}) => ({
		id,
		name: 'clip.mov',
		path: '/day 1/',
		size: 7,
		last_modified: '2026-01-02T03:04:05.678Z',
		...more,
	});

	it.each([{ completed: false }, { completed: false, size: 9 }, {}])(
		'has its stray entry (%j) removed once it is seen twice, and no other',
		async (more) => {
			masv().post(files).replyWithError(lostAnswer);
			masv()
				.get(files)
				.twice()
				.reply(200, [listed('stray', more), listed('elsewhere', { path: 'day 2' }), listed('other', { name: 'b' })]);
			masv().delete(`${files}/stray`).reply(204);
			takesFile('F1');
			expect((await upload(clip)).value).toMatchObject({ id: 'F1' });
		},
	);

	it('has the stray entry of an earlier run removed, too, which sent the file before it changed', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		masv().post(files).replyWithError(lostAnswer);
		masv()
			.get(files)
			.twice()
			.reply(200, [listed('stray'), listed('earlier', { size: 9 })]);
		masv().delete(`${files}/stray`).reply(204).delete(`${files}/earlier`).reply(204);
		masv().get(files).reply(200, []);
		takesFile('F1');
		const before = { bytes: 9, modifiedMs: clip.modifiedAt.getTime() };
		const known = { ...nothingKnown(), intents: new Map([['day 1/clip.mov', [before]]]) };
		const [result] = await uploadFiles(accessTo(nockClient()), allOf([clip]), known, { stopAtFirst: true });
		expect(result).toMatchObject({ value: { id: 'F1' } });
	});

	it.each([
		['nothing can be noted', undefined],
		['something could not be noted', { by: 'mine', fence: 1, write: () => Promise.resolve(), hasFailed: () => true }],
	])(
		"does not remove an entry in somebody's package that another run may have completed, if %s",
		async (_, notebook) => {
			masv().get('/v1/system/packages/spec').reply(404);
			masv().post(files).replyWithError(lostAnswer);
			masv()
				.get(files)
				.times(3)
				.reply(200, [listed('theirs')]);
			const removal = masv().delete(`${files}/theirs`).reply(204);
			takesFile('F1');
			const known = { ...nothingKnown(), isOwnPackage: false, notebook };
			const [result] = await uploadFiles(accessTo(nockClient()), allOf([clip]), known, { stopAtFirst: true });
			expect([result, [...known.lostPlaces]]).toMatchObject([{ value: { id: 'F1' } }, ['day 1/clip.mov']]);
			expect(removal.isDone()).toBe(false);
			forgetTheRest();
		},
	);

	it.each([
		[{ completed: true, size: 9 }, 'package_file_different'],
		[{ size: 9 }, 'package_file_unknown'],
		[{ last_modified: undefined }, 'package_file_unknown'],
	])('removes nothing that may be a complete file of somebody else (%j)', async (more, code) => {
		masv().post(files).replyWithError(lostAnswer);
		masv()
			.get(files)
			.reply(200, [listed('theirs', more)]);
		expect((await upload(clip)).reason).toMatchObject({ code, facts: { file: 'day 1/clip.mov', file_id: 'theirs' } });
	});

	it('does not have an entry removed that only the first of two lists shows as unfinished', async () => {
		masv().post(files).replyWithError(lostAnswer);
		masv()
			.get(files)
			.reply(200, [listed('stray', { completed: false })]);
		masv().get(files).reply(200, []);
		const removal = masv().delete(`${files}/stray`).reply(204);
		takesFile('F1');
		expect((await upload(clip)).value).toMatchObject({ id: 'F1' });
		expect(removal.isDone()).toBe(false);
		forgetTheRest();
	});

	it('does not add the file beside the same one that somebody else has completed meanwhile', async () => {
		masv().post(files).replyWithError(lostAnswer);
		masv()
			.get(files)
			.reply(200, [listed('theirs', { completed: true })]);
		const { reason } = await upload(clip);
		expect(reason).toMatchObject({ code: 'package_file_different', facts: { file_id: 'theirs' } });
	});

	it('leaves the file registered once when MASV has none of it', async () => {
		masv().post(files).reply(502);
		masv().get(files).reply(200, []);
		takesFile('F1');
		expect((await upload(clip)).status).toBe('fulfilled');
	});

	it('fails the file on a server that cannot remove it, instead of adding it a second time', async () => {
		masv().post(files).reply(502);
		masv()
			.get(files)
			.times(100)
			.reply(200, [listed('stray', { completed: false })]);
		masv().delete(`${files}/stray`).reply(405);
		expect((await upload(clip)).reason).toMatchObject({ code: 'file_not_removed', facts: { file_id: 'stray' } });
		forgetTheRest();
	});

	it('is looked into within one patience and not one for every try', async () => {
		masv().post(files).reply(502);
		masv().get(files).times(1_000).reply(503);
		const clock = instantClock();
		expect((await upload(clip, outageOf(120_000), clock)).reason).toBeInstanceOf(MasvApiError);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(120_000);
		forgetTheRest();
	});
});

describe('a lost answer to finalizing', () => {
	beforeEach(() => {
		registers('F1');
		begins('F1');
		signs('F1');
		stores('/part/F1');
		masv().post(`${files}/F1/finalize`).replyWithError(lostAnswer);
	});

	it('is success when the list shows the file as complete', async () => {
		masv()
			.get(files)
			.reply(200, [{ id: 'F0' }, { id: 'F1', completed: true }]);
		expect((await upload(clip)).status).toBe('fulfilled');
	});

	it('is looked into within one patience and not one for every try', async () => {
		masv().get(files).times(1_000).reply(503);
		const clock = instantClock();
		expect((await upload(clip, outageOf(120_000), clock)).status).toBe('rejected');
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(120_000);
		forgetTheRest();
	});

	it('is asked for again when the list does not tell', async () => {
		masv()
			.get(files)
			.reply(200, [{ id: 'F1' }]);
		finalizes('F1');
		expect((await upload(clip)).status).toBe('fulfilled');
	});

	it.each([
		{ message: 'file is already finalized' },
		{ code: 'NoSuchUpload', message: 'The specified upload does not exist' },
		{ errors: [{ msg: 'File has been completed' }] },
	])('takes %j for what was hoped for', async (body) => {
		masv()
			.get(files)
			.reply(200, [{ id: 'F1' }]);
		masv().post(`${files}/F1/finalize`).reply(400, body);
		expect((await upload(clip)).status).toBe('fulfilled');
	});

	it.each([{ message: 'size does not fit' }, { message: 'file cannot be finalized: a part is missing' }])(
		'takes %j for a refusal',
		async (body) => {
			masv()
				.get(files)
				.reply(200, [{ id: 'F1' }]);
			masv().post(`${files}/F1/finalize`).reply(400, body);
			expect((await upload(clip)).reason).toMatchObject({ status: 400 });
			forgetTheRest();
		},
	);
});
