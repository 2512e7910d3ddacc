import { take } from '../../../masv/pages';
import { browseStorage } from '../../../masv/storage/browse';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';
import { withKey } from '../../support/packageToken';

useNock();

const bucket = { id: 'C1', provider: 'amazon_s3' };
const gateway = { id: 'C1', provider: 'qnap_sg' };
const cloudRoute = '/v1/cloud_connections/C1/files';
const gatewayRoute = '/v1/cloud_connections/providers/storage_gateway/C1/files';

const entry = (id: string) => ({ id, name: id, kind: 'file', size: 1 });
const entries = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => entry(`f${String(from + index).padStart(3, '0')}`));
const idsOf = async (connection: typeof bucket, folder = '', limit = Infinity) =>
	(await take(browseStorage(nockClient(), connection, folder), limit)).map(({ id }) => id);

describe('browsing a bucket', () => {
	it('continues after the last entry, and sends no empty prev_key, which would begin again', async () => {
		masv(withKey)
			.get(`${cloudRoute}?prefix=day%201%2F&count=50`)
			.reply(200, entries(0, 50))
			.get(`${cloudRoute}?prefix=day%201%2F&prev_key=f049&count=50`)
			.reply(200, entries(50, 60))
			.get(`${cloudRoute}?prefix=day%201%2F&prev_key=f059&count=50`)
			.reply(200, 'null');
		expect(await idsOf(bucket, 'day 1/')).toHaveLength(60);
	});

	it('ends on a server that begins again or repeats the last entry', async () => {
		masv()
			.get(`${cloudRoute}?count=50`)
			.reply(200, entries(0, 2))
			.get(`${cloudRoute}?prev_key=f001&count=50`)
			.reply(200, entries(1, 3))
			.get(`${cloudRoute}?prev_key=f002&count=50`)
			.reply(200, entries(0, 3));
		expect(await idsOf(bucket)).toEqual(['f000', 'f001', 'f002']);
	});

	it('leaves out the folder itself, also if a page contains nothing else', async () => {
		masv()
			.get(`${cloudRoute}?prefix=day%2F&count=50`)
			.reply(200, [{ id: 'day/', name: 'day', kind: 'directory' }])
			.get(`${cloudRoute}?prefix=day%2F&prev_key=day%2F&count=50`)
			.reply(200, entries(0, 1))
			.get(`${cloudRoute}?prefix=day%2F&prev_key=f000&count=50`)
			.reply(200, '[]');
		expect(await idsOf(bucket, 'day/')).toEqual(['f000']);
	});

	it('reads no more pages than wanted', async () => {
		masv().get(`${cloudRoute}?count=50`).reply(200, entries(0, 50));
		expect(await idsOf(bucket, '', 50)).toHaveLength(50);
	});

	it.each([
		['null', 'null'],
		['an empty list', '[]'],
		['an object with files', '{"files":null}'],
	])('finds nothing in %s', async (_, answer) => {
		masv().get(`${cloudRoute}?count=50`).reply(200, answer);
		expect(await idsOf(bucket)).toEqual([]);
	});

	it('fails instead of leaving out what follows an entry without an ID', async () => {
		masv()
			.get(`${cloudRoute}?count=50`)
			.reply(200, [...entries(0, 49), { name: 'odd' }]);
		expect(await failureOf(idsOf(bucket))).toMatchObject({ code: 'storage_list_incomplete' });
	});

	it('ends with an entry without an ID on a page that is not full', async () => {
		masv()
			.get(`${cloudRoute}?count=50`)
			.reply(200, [entry('f000'), { name: 'odd', kind: 'file' }]);
		expect(await idsOf(bucket)).toEqual(['f000', '']);
	});

	it('says after a refusal that MASV does not document the request', async () => {
		masv().get(`${cloudRoute}?count=50`).reply(422);
		expect((await failureOf(idsOf(bucket))).message).toContain('MASV does not document this request');
	});
});

describe('browsing a gateway', () => {
	it('advances by what it returned, as a page may be short although there is more', async () => {
		masv(withKey)
			.get(`${gatewayRoute}?path=%2Fday&offset=0&count=50`)
			.reply(200, { files: entries(0, 10), more_data: true })
			.get(`${gatewayRoute}?path=%2Fday&offset=10&count=50`)
			.reply(200, { files: entries(10, 15), more_data: false });
		expect(await idsOf(gateway, '/day')).toHaveLength(15);
	});

	it('tells entries without an ID apart by their kinds and names', async () => {
		const [a, b] = ['file', 'directory'].map((kind) => ({ kind, name: 'day' }));
		masv()
			.get(`${gatewayRoute}?offset=0&count=50`)
			.reply(200, { files: [a], more_data: true })
			.get(`${gatewayRoute}?offset=1&count=50`)
			.reply(200, { files: [b], more_data: false });
		expect(await take(browseStorage(nockClient(), gateway, ''), Infinity)).toMatchObject([a, b]);
	});

	it('does not rely on more_data', async () => {
		masv()
			.get(`${gatewayRoute}?offset=0&count=50`)
			.reply(200, { files: entries(0, 50), more_data: false })
			.get(`${gatewayRoute}?offset=50&count=50`)
			.reply(200, { files: entries(50, 51) })
			.get(`${gatewayRoute}?offset=51&count=50`)
			.reply(200, { files: null });
		expect(await idsOf(gateway)).toHaveLength(51);
	});

	it.each(['null', '[]', '{"more_data":false}'])('finds nothing in %s', async (answer) => {
		masv().get(`${gatewayRoute}?offset=0&count=50`).reply(200, answer);
		expect(await idsOf(gateway)).toEqual([]);
	});

	it('ends on a gateway that says that there is more but returns the same again', async () => {
		masv()
			.get(/offset=/)
			.twice()
			.reply(200, { files: entries(0, 2), more_data: true });
		expect(await idsOf(gateway)).toEqual(['f000', 'f001']);
	});
});
