import { adviceOn } from '../../../nodes/Masv/errorAdvice';
import nock from 'nock';

import { MasvTransferError } from '../../../masv/errors';
import type { RetryPolicy } from '../../../masv/retry';
import { outageOf } from '../../../masv/retry';
import type { UploadedFile } from '../../../masv/upload/uploadedFile';
import { uploadFiles } from '../../../masv/upload/uploadFiles';
import { instantClock } from '../../support/instantClock';
import { accessTo, allOf, nothingKnown } from '../../support/packageAccess';
import { forgetTheRest, masv, nockClient, storageUrl, useNock } from '../../support/nockMasv';
import { bufferSource } from '../../../masv/transfer/bufferSource';

useNock();

const files = '/v1/packages/P1/files';
const clip = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt: new Date(0) });
const blueprint = (path: string) => ({ url: `${storageUrl}${path}?X-Amz-Signature=5ec2e7`, headers: {} });
const storage = () => nock(storageUrl);

async function upload(policy?: RetryPolicy, clock = instantClock()) {
	const client = nockClient({ clock });
	const options = { stopAtFirst: true, policy };
	const [result] = await uploadFiles(accessTo(client, policy), allOf([clip]), nothingKnown(), options);
	return result as { status: string; value: UploadedFile; reason: MasvTransferError };
}

/** MASV hands out the next address for the one part. */
function signs(path: string): void {
	masv()
		.post(`${files}/F1?start=0&count=1`)
		.reply(200, [blueprint(path)]);
}

describe('a part', () => {
	beforeEach(() => {
		masv().get('/v1/system/packages/spec').reply(404);
		masv()
			.post(files)
			.reply(201, { file: { id: 'F1' }, create_blueprint: blueprint('/create') });
		storage().post('/create').query(true).reply(200, '<UploadId>up-1</UploadId>');
		signs('/1');
	});

	const stored = (path: string, headers: Record<string, string> = { etag: 'e1' }) =>
		storage().put(path, 'content').query(true).reply(200, '', headers);
	const refused = (path: string, status: number, body = '') => storage().put(path).query(true).reply(status, body);
	const finalized = (etag = 'e1') =>
		masv()
			.post(`${files}/F1/finalize`, (body: { chunk_extras: object[] }) => {
				expect(body.chunk_extras).toEqual([{ part_number: '1', etag }]);
				return true;
			})
			.reply(204);

	it('is sent again whole when the storage is in trouble', async () => {
		refused('/1', 503);
		refused('/1', 400, '<Error><Code>RequestTimeout</Code></Error>');
		stored('/1');
		finalized();
		expect((await upload()).value).toMatchObject({ retried_parts: 1 });
	});

	it.each([403, 400])('gets a new address when its own has expired (%i)', async (status) => {
		refused('/1', status, '<Error><Code>ExpiredToken</Code></Error>');
		signs('/2');
		stored('/2');
		finalized();
		expect((await upload()).status).toBe('fulfilled');
	});

	it('fails when new addresses are refused as well', async () => {
		for (const path of ['/1', '/2', '/3', '/4']) refused(path, 403, '<Error><Code>AccessDenied</Code></Error>');
		for (const path of ['/2', '/3', '/4']) signs(path);
		const { reason } = await upload();
		expect(reason).toBeInstanceOf(MasvTransferError);
		expect(reason).toMatchObject({ file: 'clip.mov', partNumber: 1 });
		expect(reason.message).toContain('(after 4 attempts)');
		expect(JSON.stringify([reason.message, reason.hint, reason.cause])).not.toContain('5ec2e7');
		forgetTheRest();
	});

	it('asks for a new address within its own patience', async () => {
		refused('/1', 403);
		masv().post(`${files}/F1?start=0&count=1`).times(1_000).reply(503);
		const clock = instantClock();
		expect((await upload(outageOf(120_000), clock)).status).toBe('rejected');
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(120_000);
		forgetTheRest();
	});

	it('is sent again when it was taken without an ETag', async () => {
		stored('/1', {});
		stored('/1', { etag: 'W/"odd"' });
		finalized('W/"odd"');
		expect((await upload()).value).toMatchObject({ retried_parts: 1 });
	});

	it('fails with a hint when the ETag never comes', async () => {
		for (let time = 0; time < 4; time++) stored('/1', {});
		const { reason } = await upload();
		expect(reason.message).toContain('returned no ETag');
		expect(adviceOn(reason)).toContain('proxy');
		forgetTheRest();
	});

	it('keeps the hint of the error that it wraps', async () => {
		refused('/1', 403);
		masv()
			.post(`${files}/F1?start=0&count=1`)
			.reply(200, [{ url: 'http://storage.masv.test/2', headers: {} }]);
		const { reason } = await upload();
		expect(reason).toMatchObject({ code: 'part_not_stored', hint: 'Nothing was sent there.' });
		forgetTheRest();
	});

	it('that is refused for good fails at once', async () => {
		refused('/1', 404, '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>');
		const { reason } = await upload();
		expect(reason.message).toBe(
			'Could not upload part 1 of "clip.mov". MASV storage responded with 404: NoSuchUpload: gone (after 1 attempt)',
		);
		forgetTheRest();
	});
});

describe('beginning an upload', () => {
	it('is done again, entry included, when its address has expired', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		masv()
			.post(files)
			.reply(201, { file: { id: 'F0' }, create_blueprint: blueprint('/create/0') });
		storage().post('/create/0').query(true).reply(403);
		masv().delete(`${files}/F0`).reply(204);
		masv()
			.post(files)
			.reply(201, { file: { id: 'F1' }, create_blueprint: blueprint('/create/1') });
		storage().post('/create/1').query(true).reply(200, '<UploadId>up-1</UploadId>');
		signs('/1');
		storage().put('/1').query(true).reply(200, '', { etag: 'e1' });
		masv().post(`${files}/F1/finalize`).reply(204);
		expect((await upload()).value).toMatchObject({ id: 'F1' });
	});

	it('fails when new addresses are refused as well', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		for (const id of ['F0', 'F1', 'F2', 'F3']) {
			masv()
				.post(files)
				.reply(201, { file: { id }, create_blueprint: blueprint(`/create/${id}`) });
			storage().post(`/create/${id}`).query(true).reply(403);
			masv().delete(`${files}/${id}`).reply(204);
		}
		expect((await upload()).reason).toMatchObject({ code: 'storage_rejected', status: 403 });
	});

	it('is tried again when something else answers in the place of the storage', async () => {
		masv().get('/v1/system/packages/spec').reply(404);
		masv()
			.post(files)
			.reply(201, { file: { id: 'F1' }, create_blueprint: blueprint('/create') });
		storage().post('/create').query(true).reply(200, '<html>Login</html>');
		storage().post('/create').query(true).reply(200, '<UploadId>up-1</UploadId>');
		signs('/1');
		storage().put('/1').query(true).reply(200, '', { etag: 'e1' });
		masv().post(`${files}/F1/finalize`).reply(204);
		expect((await upload()).status).toBe('fulfilled');
	});
});
