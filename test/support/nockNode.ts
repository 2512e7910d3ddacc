import nock from 'nock';

import { masv, storageUrl, teamId } from './nockMasv';

export const packageRoute = (id: string) => `/v1.1/teams/${teamId}/packages/${id}`;

/** MASV returns this package. */
export function knows(id: string, more: object = {}): void {
	masv()
		.get(packageRoute(id))
		.reply(200, { id, access_token: `token-${id}`, ...more });
}

/** MASV returns the open package P1. */
export function openPackage(): void {
	knows('P1', { state: 'new' });
	masv().get('/v1/packages/P1/files').optionally().reply(200, []);
	masv().get('/v1/system/packages/spec').reply(404);
}

/** MASV and its storage accept one small file with this name. */
export function takesFile(id: string, name: string): void {
	const files = '/v1/packages/P1/files';
	const blueprint = (path: string) => ({ url: `${storageUrl}${path}`, headers: {} });
	masv()
		.post(files, (body: { name: string }) => body.name === name)
		.reply(201, { file: { id }, create_blueprint: blueprint(`/create/${id}`) });
	nock(storageUrl).post(`/create/${id}`).reply(200, `<UploadId>up-${id}</UploadId>`);
	masv()
		.post(`${files}/${id}?start=0&count=1`)
		.reply(200, [blueprint(`/part/${id}`)]);
	nock(storageUrl)
		.put(`/part/${id}`, `content of ${name}`)
		.reply(200, '', { etag: `"${id}"` });
	masv().post(`${files}/${id}/finalize`).reply(204);
}
