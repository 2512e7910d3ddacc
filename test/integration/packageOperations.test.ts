import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { useSandboxNode } from '../support/sandboxNode';

const start = useSandboxNode();

const hour = 3_600_000;
const packageNode = (operation: string, packageId: string, more: object = {}) => ({
	resource: 'package',
	operation,
	packageId,
	...more,
});

describe('Package > Update', () => {
	it('renames a package and returns it without its token', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage({ name: 'Old' });
		const [updated] = await run(packageNode('update', id, { packageName: ' New ' }));
		expect(updated).toMatchObject({ id, name: 'New', state: 'finalized' });
		expect(updated).not.toHaveProperty('access_token');
		expect(sandbox.package(id)?.name).toBe('New');
	});
});

describe('Package > Finalize', () => {
	it('names empty folders, which may be what MASV refuses', async () => {
		const { sandbox, fail, run } = await start({ directories: 'unfinished' });
		const { id } = sandbox.seedPackage({ state: 'new' });
		const folder = await mkdtemp(join(tmpdir(), 'masv-card-'));
		try {
			await mkdir(join(folder, 'AUDIO'));
			await mkdir(join(folder, 'VOICE'));
			await writeFile(join(folder, 'clip.mxf'), 'clip');
			await run({ resource: 'file', operation: 'upload', packageId: id, source: 'path', paths: folder });
		} finally {
			await rm(folder, { recursive: true });
		}
		expect(await fail(packageNode('finalize', id))).toMatchObject([
			{
				hint: expect.stringMatching(
					/empty folders in the package \(".*\/AUDIO" and 1 more\).*option Leave Out/,
				) as string,
			},
		]);
	});

	it('says nothing about folders if there are none', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage({ state: 'new' });
		sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 400, body: '{"message":"no"}', times: Infinity });
		const [{ hint } = { hint: '' }] = await fail(packageNode('finalize', id));
		expect(hint ?? '').not.toContain('folder');
	});
});

describe('Package > Set Expiry', () => {
	it('sets a date, also for a package with unlimited storage', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage({ unlimited_storage: true });
		const expiryDate = new Date(Date.now() + 100 * hour).toISOString();
		const [updated] = await run(packageNode('setExpiry', id, { expires: 'date', expiryDate }));
		expect(updated).toMatchObject({ id, expiry: expiryDate, unlimited_storage: false });
		expect(sandbox.package(id)).toMatchObject({ expiry: expiryDate, unlimited_storage: false });
	});

	it('counts days from now', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage();
		const before = Date.now();
		await run(packageNode('setExpiry', id, { expires: 'days', days: 30 }));
		const at = Date.parse(sandbox.package(id)?.expiry ?? '');
		expect(at).toBeGreaterThanOrEqual(before + 720 * hour);
		expect(at).toBeLessThanOrEqual(Date.now() + 720 * hour);
	});

	it('sets unlimited storage without a date', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage();
		expect(await run(packageNode('setExpiry', id, { expires: 'never' }))).toMatchObject([{ unlimited_storage: true }]);
		expect(sandbox.package(id)?.unlimited_storage).toBe(true);
	});

	it('rejects a date that has passed, with which MASV could delete the files at once', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage();
		const parameters = packageNode('setExpiry', id, { expires: 'date', expiryDate: '2020-01-01T00:00:00.000Z' });
		expect(await fail(parameters)).toMatchObject([
			{ code: 'value_out_of_range', error: expect.stringContaining('has passed') as string },
		]);
		expect(sandbox.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
	});

	it('says that the files of an expired package are deleted', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage({ state: 'expired' });
		expect(await fail(packageNode('setExpiry', id, { expires: 'never' }))).toMatchObject([
			{ code: 'package_state_wrong', error: `Package ${id} is expired: its files are deleted` },
		]);
	});
});

describe('Package > Delete', () => {
	it('deletes a package, and succeeds for one that is deleted', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage({ files: [{ name: 'a.mov', content: 'x' }] });
		expect(await run(packageNode('delete', id))).toMatchObject([{ id, state: 'expired', already_deleted: false }]);
		expect([sandbox.package(id)?.state, sandbox.files(id)]).toEqual(['expired', []]);
		expect(await run(packageNode('delete', id))).toMatchObject([{ id, state: 'expired', already_deleted: true }]);
	});

	it('deleted it itself if only the response was lost', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedPackage();
		sandbox.inject({ step: 'deletePackage', kind: 'resetAfterBody' });
		sandbox.inject({ step: 'deletePackage', kind: 'status', status: 404, skip: 1 });
		expect(await run(packageNode('delete', id))).toMatchObject([{ already_deleted: false }]);
	});

	it('fails for an ID that does not exist: MASV keeps the records of deleted packages', async () => {
		const { fail } = await start();
		expect(await fail(packageNode('delete', 'NOPE'))).toMatchObject([{ code: 'package_not_found' }]);
	});
});

describe('Package > Get Form', () => {
	it('returns the values as one flat object, or nothing without a form', async () => {
		const { sandbox, run } = await start();
		const portal = sandbox.seedPortal();
		const form = sandbox.seedFormResponse(portal.id, { project: 'Second Unit', reel: '7' });
		const filled = sandbox.seedPackage({ portal_id: portal.id, form_data_id: form });
		const empty = sandbox.seedPackage({ portal_id: portal.id });
		expect(await run(packageNode('getForm', filled.id))).toEqual([{ project: 'Second Unit', reel: '7' }]);
		expect(await run(packageNode('getForm', empty.id))).toEqual([{}]);
	});

	it('says that MASV does not document the request if a server refuses it', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage();
		sandbox.inject({ step: 'getMetadata', kind: 'status', status: 405 });
		expect(await fail(packageNode('getForm', id))).toMatchObject([
			{ error: expect.stringMatching(/405.*MASV does not document this request/) as string },
		]);
	});
});

describe('Package > Wait', () => {
	it('returns a package that is finalized, and one that is delivered', async () => {
		const { sandbox, run } = await start();
		const { id: connection } = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id } = sandbox.seedPackage();
		expect(await run(packageNode('wait', id, { until: 'finalized' }))).toMatchObject([{ id, reached: true }]);
		await run({ resource: 'storage', operation: 'sendPackage', packageId: id, connectionId: connection, wait: false });
		expect(await run(packageNode('wait', id, { until: 'delivered' }))).toMatchObject([{ id, reached: true }]);
	});

	it('fails for a package that was deleted before it was complete', async () => {
		const { sandbox, run, fail } = await start();
		const { id } = sandbox.seedPackage({ state: 'new' });
		await run(packageNode('delete', id));
		expect(await fail(packageNode('wait', id, { until: 'finalized' }))).toMatchObject([
			{ code: 'package_state_wrong', error: expect.stringContaining('before it was finalized') as string },
		]);
	});
});

describe('Package > Create', () => {
	it.each(['team', 'portal'])(
		'sets the part size of a package for a %s, which File > Upload then uses',
		async (target) => {
			const { sandbox, run } = await start();
			const { id: portalId } = sandbox.seedPortal();
			const [created] = await run({
				resource: 'package',
				operation: 'create',
				destination: target,
				packageName: 'Large',
				...(target === 'portal' && { portalId, sender: 'anna@example.com' }),
				options: { partSize: 5 },
			});
			const id = created?.id as string;
			expect(sandbox.package(id)?.chunk_size).toBe(5 * 1024 * 1024);
		},
	);
});

describe('File > Delete', () => {
	it('deletes a file, and succeeds for one that is not there', async () => {
		const { sandbox, run } = await start();
		const files = [
			{ name: 'a.mov', content: 'x' },
			{ name: 'b.mov', content: 'y' },
		];
		const { id } = sandbox.seedPackage({ state: 'new', files });
		const [first] = sandbox.files(id);
		const parameters = { resource: 'file', operation: 'delete', packageId: id, fileId: first?.id };
		const deleted = { id: first?.id, package_id: id, deleted: true };
		expect(await run(parameters)).toEqual([{ ...deleted, already_deleted: false }]);
		expect(sandbox.files(id).map(({ name }) => name)).toEqual(['b.mov']);
		expect(await run(parameters)).toEqual([{ ...deleted, already_deleted: true }]);
	});

	it('fails for a finalized package', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage({ files: [{ name: 'a.mov', content: 'x' }] });
		const fileId = sandbox.files(id)[0]?.id;
		expect(await fail({ resource: 'file', operation: 'delete', packageId: id, fileId })).toMatchObject([
			{ code: 'package_not_new', error: expect.stringContaining('is finalized') as string },
		]);
		expect(sandbox.files(id)).toHaveLength(1);
	});

	it('says that MASV does not document the request if the file stays', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage({ state: 'new', files: [{ name: 'a.mov', content: 'x' }] });
		sandbox.inject({ step: 'deleteFile', kind: 'status', status: 404 });
		const fileId = sandbox.files(id)[0]?.id;
		expect(await fail({ resource: 'file', operation: 'delete', packageId: id, fileId })).toMatchObject([
			{ error: expect.stringContaining('MASV does not document this request') as string },
		]);
	});
});
