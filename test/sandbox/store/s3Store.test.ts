import { createHash, randomBytes } from 'node:crypto';
import { startSandbox, type Sandbox } from '../../../sandbox/start.ts';
import { bytes, callApi, createPackage, finalizeFile, finalizePackage, uploadParts } from '../callApi.ts';

type S3 = NonNullable<NonNullable<Parameters<typeof startSandbox>[0]>['s3']>;

async function wholeUpload(sandbox: Sandbox): Promise<void> {
	const content = new Uint8Array(randomBytes(11 * 1024 * 1024));
	const chunk = 5 * 1024 * 1024;
	const parts = [0, 1, 2].map((index) => content.subarray(index * chunk, (index + 1) * chunk));
	const created = await createPackage(sandbox);
	const large = await uploadParts(sandbox, created, parts);
	expect(new URL(large.create.url).origin).toBe(new URL(sandbox.storageUrl).origin);
	expect((await finalizeFile(sandbox, large, { size: 1 })).json.errors[0]?.field).toBe('size');
	expect((await finalizeFile(sandbox, large, { chunk_size: chunk })).status).toBe(204);
	const empty = await uploadParts(sandbox, created, [new Uint8Array(0)], { name: 'empty' });
	expect((await finalizeFile(sandbox, empty)).status).toBe(204);
	expect((await finalizePackage(sandbox, created)).status).toBe(204);

	const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
	expect(await sandbox.sha256(created.id, large.fileId)).toBe(hash(content));
	expect(await sandbox.sha256(created.id, empty.fileId)).toBe(hash(new Uint8Array(0)));

	const link = await callApi(sandbox, `POST /v1/packages/${created.id}/links`, { token: created.token, body: {} });
	const opened = await callApi(sandbox, `GET /v1/links/${link.json.id}?secret=${link.json.download_secret}`);
	const route = `GET /v1/packages/${created.id}/files/${large.fileId}/download`;
	const { url } = (await callApi(sandbox, route, { token: opened.json.package_token })).json;
	expect(hash(new Uint8Array(await (await fetch(url)).arrayBuffer()))).toBe(hash(content));
}

async function refusals(sandbox: Sandbox): Promise<void> {
	const created = await createPackage(sandbox);
	const small = await uploadParts(sandbox, created, [bytes('small'), bytes('last')]);
	expect((await finalizeFile(sandbox, small)).json.message).toContain('EntityTooSmall');
	const removed = `DELETE /v1/packages/${created.id}/files/${small.fileId}`;
	expect((await callApi(sandbox, removed, { token: created.token })).status).toBe(204);
	const unknown = await uploadParts(sandbox, created, [bytes('x')]);
	const refused = await finalizeFile(sandbox, unknown, { file_extras: { upload_id: 'bm9wZQ' } });
	expect([refused.status, refused.json.errors[0]?.field]).toEqual([400, 'upload_id']);
}

describe('with the storage of another sandbox as its S3 endpoint', () => {
	let behind: Sandbox;
	let sandbox: Sandbox;
	beforeAll(async () => {
		behind = await startSandbox();
		sandbox = await startSandbox({ s3: { endpoint: behind.storageUrl, ...behind.storageKeys } });
	});
	afterAll(async () => {
		await sandbox.close();
		await behind.close();
	});

	test('completes a whole upload', async () => await wholeUpload(sandbox));
	test('passes on errors of S3', async () => await refusals(sandbox));

	test('leaves no open upload of a removed file', async () => {
		const open = behind.openUploads();
		const created = await createPackage(sandbox);
		const file = await uploadParts(sandbox, created, [bytes('x')]);
		expect(behind.openUploads()).toBe(open + 1);
		const route = `DELETE /v1/packages/${created.id}/files/${file.fileId}`;
		expect((await callApi(sandbox, route, { token: created.token })).status).toBe(204);
		expect(behind.openUploads()).toBe(open);
	});

	test('does not start with wrong keys', async () => {
		const keys = { ...behind.storageKeys, secretAccessKey: 'wrong' };
		await expect(startSandbox({ s3: { endpoint: behind.storageUrl, ...keys } })).rejects.toMatchObject({
			code: 'SignatureDoesNotMatch',
		});
	});
});

// Requires a real S3: `scripts/swift-s3.sh up FOLDER` starts one and writes these variables to a file.
const endpoint = process.env.SANDBOX_S3_ENDPOINT;
const describeWithS3 = endpoint === undefined ? describe.skip : describe;

describeWithS3('over a real S3 endpoint (skipped unless SANDBOX_S3_ENDPOINT names one)', () => {
	let sandbox: Sandbox;
	beforeAll(async () => {
		const s3: S3 = {
			endpoint: endpoint ?? '',
			accessKeyId: process.env.SANDBOX_S3_KEY_ID ?? '',
			secretAccessKey: process.env.SANDBOX_S3_SECRET_KEY ?? '',
		};
		sandbox = await startSandbox({ s3 });
	});
	afterAll(async () => await sandbox?.close());

	test('completes a whole upload', async () => await wholeUpload(sandbox), 60_000);
	test('passes on errors of S3', async () => await refusals(sandbox), 60_000);
});
