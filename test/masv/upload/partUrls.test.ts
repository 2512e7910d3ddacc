import { MasvConnectionError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import { createPartUrls } from '../../../masv/upload/partUrls';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

const upload = { fileId: 'F1', uploadId: 'up 1', file: 'a.mov' };
const urlsOf = (parts: number) => createPartUrls(accessTo(nockClient(), noRetry), upload, parts);
const urlOf = (index: number, more = '') => `https://storage.masv.test/${index}${more}`;

/** MASV hands out addresses, `given` of them or as many as it was asked for. */
function hands(start: number, count: number, given = count, more = ''): void {
	masv({ reqheaders: { 'x-package-token': 'token-1' } })
		.post(`/v1/packages/P1/files/F1?start=${start}&count=${count}`, { upload_id: 'up 1' })
		.reply(
			200,
			Array.from({ length: given }, (_, index) => ({ url: urlOf(start + index, more), headers: null })),
		);
}

describe('createPartUrls', () => {
	it('asks once for a batch, whoever needs it first', async () => {
		hands(0, 64);
		const urls = urlsOf(1_000);
		const [a, b] = await Promise.all([urls.get(0), urls.get(31)]);
		expect([a.url, b.url]).toEqual([urlOf(0), urlOf(31)]);
	});

	it('asks for no more than there are parts', async () => {
		hands(0, 3);
		expect((await urlsOf(3).get(2)).url).toBe(urlOf(2));
	});

	it('asks for the next batch ahead of need', async () => {
		hands(0, 64);
		hands(64, 6);
		const urls = urlsOf(70);
		await urls.get(32);
		expect((await urls.get(69)).url).toBe(urlOf(69));
	});

	it('gives every part its own address', async () => {
		hands(0, 64);
		hands(64, 64);
		hands(128, 64);
		hands(192, 8);
		const urls = urlsOf(200);
		for (let index = 0; index < 200; index++) expect((await urls.get(index)).url).toBe(urlOf(index));
	});

	it('asks again for a batch that it did not get', async () => {
		masv().post('/v1/packages/P1/files/F1?start=0&count=2').reply(500);
		const urls = urlsOf(2);
		await failureOf(urls.get(0));
		hands(0, 2);
		expect((await urls.get(1)).url).toBe(urlOf(1));
	});

	it('refuses fewer than it asked for', async () => {
		hands(0, 3, 2);
		expect(await failureOf(urlsOf(3).get(0))).toBeInstanceOf(MasvConnectionError);
	});

	it('gets a new address for one part', async () => {
		hands(0, 3);
		hands(1, 1, 1, '/new');
		const urls = urlsOf(3);
		await urls.get(1);
		expect((await urls.renew(1)).url).toBe(urlOf(1, '/new'));
	});
});
