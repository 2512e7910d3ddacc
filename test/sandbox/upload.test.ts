import { createHash, randomBytes } from 'node:crypto';
import { startSandbox } from '../../sandbox/start.ts';
import {
	anyText,
	addFile,
	askPartUrls,
	bytes,
	callApi,
	createPackage,
	finalizeFile,
	finalizePackage,
	initiate,
	putPart,
	uploadParts,
	useSandbox,
} from './callApi.ts';

const mebibyte = 1024 * 1024;
const sandbox = useSandbox();

describe('a whole upload', () => {
	test('stores three parts byte for byte, requested in batches and sent out of order', async () => {
		const content = new Uint8Array(randomBytes(11 * mebibyte));
		const parts = [0, 5, 10].map((start) => content.subarray(start * mebibyte, (start + 5) * mebibyte));
		const created = await createPackage(sandbox());
		const file = await addFile(sandbox(), created, { size: content.length, path: 'day 1/ä' });
		const uploadId = await initiate(file);
		const first = await askPartUrls(sandbox(), file, uploadId, 0, 2);
		const rest = await askPartUrls(sandbox(), file, uploadId, 2, 1);
		expect(first.concat(rest).map(({ url }) => new URL(url).searchParams.get('partNumber'))).toEqual(['1', '2', '3']);
		expect(new URL(first[0]!.url).origin).toBe(sandbox().storageUrl);
		expect(sandbox().openUploads()).toBe(1);
		const last = await putPart(rest[0]!, parts[2]!);
		const etags = [await putPart(first[0]!, parts[0]!), await putPart(first[1]!, parts[1]!), last];
		expect(etags[1]).toBe(`"${createHash('md5').update(parts[1]!).digest('hex')}"`);

		const uploaded = { ...file, uploadId, etags, size: content.length };
		const done = await finalizeFile(sandbox(), uploaded, { chunk_size: 5 * mebibyte });
		expect([done.status, done.text]).toEqual([204, '']);
		expect(sandbox().openUploads()).toBe(0);
		const sha256 = createHash('sha256').update(content).digest('hex');
		expect(await sandbox().sha256(created.id, file.fileId)).toBe(sha256);

		expect((await finalizePackage(sandbox(), created)).status).toBe(204);
		expect(sandbox().package(created.id)).toMatchObject({ state: 'finalized', size: content.length, total_files: 1 });
	});

	test('stores an empty file as one empty part', async () => {
		const created = await createPackage(sandbox());
		const file = await uploadParts(sandbox(), created, [new Uint8Array(0)]);
		expect((await finalizeFile(sandbox(), file, { chunk_extras: [] })).json.errors[0]?.field).toBe('chunk_extras');
		expect((await finalizeFile(sandbox(), file)).status).toBe(204);
		expect((await finalizePackage(sandbox(), created)).status).toBe(204);
		expect(sandbox().package(created.id)?.size).toBe(0);
	});

	test('returns no blueprint for a directory and finalizes a package with one', async () => {
		const created = await createPackage(sandbox());
		const body = { kind: 'directory', name: 'empty', path: '', last_modified: '2018-12-17T16:14:34.450Z' };
		const added = await callApi(sandbox(), `POST /v1/packages/${created.id}/files`, { token: created.token, body });
		expect(added.status).toBe(201);
		expect(added.json).not.toHaveProperty('create_blueprint');
		expect((await finalizePackage(sandbox(), created)).status).toBe(204);
	});

	test.each([
		['refused', 400, 204],
		['unfinished', 201, 400],
		['asFiles', 201, 400],
	] as const)('can treat directories in another way: %s', async (directories, addStatus, finalizeStatus) => {
		const own = await startSandbox({ directories });
		const created = await createPackage(own);
		expect((await finalizeFile(own, await uploadParts(own, created, [bytes('a')]))).status).toBe(204);
		const body = { kind: 'directory', name: 'empty', path: '', last_modified: '2018-12-17T16:14:34.450Z' };
		const added = await callApi(own, `POST /v1/packages/${created.id}/files`, { token: created.token, body });
		expect([added.status, 'create_blueprint' in added.json]).toEqual([addStatus, directories === 'asFiles']);
		expect((await finalizePackage(own, created)).status).toBe(finalizeStatus);
		await own.close();
	});

	test('replaces a part that is sent again', async () => {
		const created = await createPackage(sandbox());
		const file = await uploadParts(sandbox(), created, [bytes('first')]);
		const [again] = await askPartUrls(sandbox(), file, file.uploadId, 0, 1);
		const etag = await putPart(again!, bytes('again'));
		expect((await finalizeFile(sandbox(), file)).json.errors[0]?.field).toBe('chunk_extras');
		expect((await finalizeFile(sandbox(), { ...file, etags: [etag] })).status).toBe(204);
		const hash = createHash('sha256').update('again').digest('hex');
		expect(await sandbox().sha256(created.id, file.fileId)).toBe(hash);
	});

	test('can have ETags that are not MD5s, different for each part', async () => {
		const own = await startSandbox({ opaqueEtags: true });
		const file = await uploadParts(own, await createPackage(own), [bytes('same'), bytes('same')]);
		const md5 = createHash('md5').update('same').digest('hex');
		expect(new Set([...file.etags, `"${md5}"`]).size).toBe(3);
		for (const etag of file.etags) expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
		await own.close();
	});

	test('returns the limits in the spec', async () => {
		const { json } = await callApi(sandbox(), 'GET /v1/system/packages/spec');
		expect(json).toEqual({ max_chunk_count: 10_000, max_chunk_size: 5_368_709_120, min_chunk_size: 5_242_880 });
	});
});

describe('finalizing a file', () => {
	test.each<[string, (etag: string) => object]>([
		['no quotes around the etag', (etag: string) => ({ part_number: '1', etag: etag.replaceAll('"', '') })],
		['the older partNumber', (etag: string) => ({ partNumber: '1', etag })],
	])('works with %s', async (_name, toExtra) => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('x')]);
		expect((await finalizeFile(sandbox(), file, { chunk_extras: file.etags.map(toExtra) })).status).toBe(204);
	});

	test.each([
		[
			'a part number that is not a string',
			{ chunk_extras: [{ part_number: 1, etag: '"x"' }] },
			'chunk_extras.0.part_number',
		],
		['a wrong etag', { chunk_extras: [{ part_number: '1', etag: '"0123"' }] }, 'chunk_extras'],
		['a part that was not sent', { chunk_extras: [{ part_number: '2', etag: '"0123"' }] }, 'chunk_extras'],
		['no parts', { chunk_extras: [] }, 'chunk_extras'],
		['a different size', { size: 4 }, 'size'],
		['no size', { size: undefined }, 'size'],
		['a different chunk size', { chunk_size: 2 }, 'chunk_size'],
		['an unknown upload', { file_extras: { upload_id: 'nope' } }, 'upload_id'],
		['no upload', { file_extras: {} }, 'file_extras.upload_id'],
	])('is rejected with %s', async (_name, changes, field) => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('abc')]);
		const refused = await finalizeFile(sandbox(), file, changes);
		expect(refused.status).toBe(400);
		expect(refused.json).toMatchObject({ code: 400, message: anyText });
		expect(refused.json.errors[0]).toMatchObject({ type: 'validation_failed', msg: anyText, field });
		expect((await finalizeFile(sandbox(), file)).status).toBe(204);
	});

	test('is rejected if parts are out of order or differ in size', async () => {
		const created = await createPackage(sandbox());
		const chunk = 5 * mebibyte;
		const file = await uploadParts(sandbox(), created, [
			new Uint8Array(chunk),
			new Uint8Array(chunk + 1),
			bytes('end'),
		]);
		const reversed = file.etags.map((etag, index) => ({ part_number: String(index + 1), etag })).reverse();
		expect((await finalizeFile(sandbox(), file, { chunk_extras: reversed })).json.errors[0]?.msg).toContain('ascend');
		const uneven = await finalizeFile(sandbox(), file, { chunk_size: chunk });
		expect(uneven.json.errors[0]).toMatchObject({
			field: 'chunk_size',
			msg: expect.stringContaining('part 2') as unknown,
		});
	});

	test('is rejected if a part before the last one is below 5 MiB', async () => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('small'), bytes('last')]);
		const refused = await finalizeFile(sandbox(), file);
		expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining('EntityTooSmall') as unknown]);
	});

	test('is rejected the second time', async () => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('x')]);
		await finalizeFile(sandbox(), file);
		const second = await finalizeFile(sandbox(), file);
		expect([second.status, second.json.message]).toEqual([
			400,
			expect.stringContaining('already finalized') as unknown,
		]);
	});
});

describe('a package', () => {
	test('cannot be finalized before its files', async () => {
		const created = await createPackage(sandbox());
		const file = await uploadParts(sandbox(), created, [bytes('x')], { name: 'late.mov' });
		const refused = await finalizePackage(sandbox(), created);
		expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining('late.mov') as unknown]);
		expect(sandbox().package(created.id)?.state).toBe('new');
		await finalizeFile(sandbox(), file);
		expect((await finalizePackage(sandbox(), created)).status).toBe(204);
		const again = await finalizePackage(sandbox(), created);
		expect([again.status, again.json.message]).toEqual([400, expect.stringContaining('already finalized') as unknown]);
	});

	test('accepts no files once finalized', async () => {
		const created = await createPackage(sandbox());
		await finalizeFile(sandbox(), await uploadParts(sandbox(), created, [bytes('x')]));
		await finalizePackage(sandbox(), created);
		const body = { kind: 'file', name: 'b', path: '', last_modified: '2018-12-17T16:14:34.450Z' };
		const route = `POST /v1/packages/${created.id}/files`;
		expect((await callApi(sandbox(), route, { token: created.token, body })).status).toBe(400);
	});

	test('without files cannot be finalized', async () => {
		expect((await finalizePackage(sandbox(), await createPackage(sandbox()))).status).toBe(400);
	});

	test('no longer has a removed file or its upload', async () => {
		const created = await createPackage(sandbox());
		const open = sandbox().openUploads();
		const file = await uploadParts(sandbox(), created, [bytes('x')]);
		expect(sandbox().openUploads()).toBe(open + 1);
		const route = `DELETE /v1/packages/${created.id}/files/${file.fileId}`;
		expect((await callApi(sandbox(), route, { token: created.token })).status).toBe(204);
		expect(sandbox().files(created.id)).toEqual([]);
		expect(sandbox().openUploads()).toBe(open);
	});
});

describe('adding a file', () => {
	test.each([
		['an absolute path', { path: '/etc' }, 'path'],
		['a drive letter', { path: 'C:\\x' }, 'path'],
		['a path with ..', { path: 'a/../../b' }, 'path'],
		['a name with a slash', { name: 'a/b' }, 'name'],
		['the name ..', { name: '..' }, 'name'],
		['no name', { name: undefined }, 'name'],
		['no path', { path: undefined }, 'path'],
		['no date', { last_modified: undefined }, 'last_modified'],
		['an unknown kind', { kind: 'link' }, 'kind'],
		['a size that is a string', { size: '5' }, 'size'],
		['a chunk size below 5 MiB', { chunk_size: 1024 }, 'chunk_size'],
	])('is rejected with %s', async (_name, changes, field) => {
		const created = await createPackage(sandbox());
		const body = { kind: 'file', name: 'a', path: '', last_modified: '2018-12-17T16:14:34.450Z', ...changes };
		const refused = await callApi(sandbox(), `POST /v1/packages/${created.id}/files`, { token: created.token, body });
		expect(refused.status).toBe(400);
		expect(refused.json.errors[0]?.field).toBe(field);
		expect(sandbox().files(created.id)).toEqual([]);
	});
});

describe('part URLs', () => {
	test.each([
		['start=0', 'count'],
		['count=1', 'start'],
		['start=0&count=0', 'count'],
		['start=-1&count=1', 'start'],
		['start=9999&count=2', 'count'],
		['start=a&count=1', 'start'],
	])('are rejected for %s', async (query, field) => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const body = { upload_id: await initiate(file) };
		const route = `POST /v1/packages/${file.packageId}/files/${file.fileId}?${query}`;
		const refused = await callApi(sandbox(), route, { token: file.token, body });
		expect([refused.status, refused.json.errors[0]?.field]).toEqual([400, field]);
	});

	test('are returned up to the 10,000th part', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const urls = await askPartUrls(sandbox(), file, await initiate(file), 9999, 1);
		expect(new URL(urls[0]!.url).searchParams.get('partNumber')).toBe('10000');
	});
});
