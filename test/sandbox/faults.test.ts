import { createHash } from 'node:crypto';
import type { Fault } from '../../sandbox/start.ts';
import {
	addFile,
	askPartUrls,
	bytes,
	callApi,
	createPackage,
	finalizeFile,
	initiate,
	putPart,
	sendPackage,
	uploadParts,
	useSandbox,
} from './callApi.ts';

const sandbox = useSandbox();

async function list() {
	return await callApi(sandbox(), `GET /v1.1/teams/${sandbox().teamId}/packages`, { key: true });
}

/** How many packages with this name the API has created. */
function created(name: string): number {
	return sandbox()
		.packages()
		.filter((item) => item.name === name).length;
}

async function create(name: string) {
	const body = { name, description: '', recipients: [] };
	return await callApi(sandbox(), `POST /v1/teams/${sandbox().teamId}/packages`, { key: true, body });
}

describe('matching requests', () => {
	test('skip and times only count matching requests', async () => {
		const fault = sandbox().inject({ step: 'listPackages', kind: 'status', status: 503, skip: 1, times: 2 });
		const statuses = [];
		for (let count = 0; count < 5; count++) {
			statuses.push((await list()).status);
			await callApi(sandbox(), 'GET /v1/teams', { key: true });
		}
		expect(statuses).toEqual([200, 503, 503, 200, 200]);
		expect(fault.hits()).toBe(2);
	});

	test('a removed fault no longer applies', async () => {
		const fault = sandbox().inject({ step: 'listPackages', kind: 'status', status: 429, times: Infinity });
		expect((await list()).status).toBe(429);
		fault.remove();
		expect((await list()).status).toBe(200);
		expect(fault.hits()).toBe(1);
	});

	test.each<[Fault['partNumber'], number[]]>([
		[2, [200, 500, 200]],
		['last', [200, 200, 500]],
	])('part %s', async (partNumber, expected) => {
		const file = await addFile(sandbox(), await createPackage(sandbox()), {
			size: 25 * 2 ** 20,
			chunk_size: 10 * 2 ** 20,
		});
		const parts = await askPartUrls(sandbox(), file, await initiate(file), 0, 3);
		sandbox().inject({ step: 'partPut', kind: 'status', status: 500, partNumber });
		const statuses = [];
		for (const { url } of parts) statuses.push((await fetch(url, { method: 'PUT', body: 'x' })).status);
		expect(statuses).toEqual(expected);
	});

	test('without an announced size, the last part is the highest one for which a URL was requested', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const parts = await askPartUrls(sandbox(), file, await initiate(file), 0, 2);
		sandbox().inject({ step: 'partPut', kind: 'status', status: 500, partNumber: 'last' });
		const statuses = [];
		for (const { url } of parts) statuses.push((await fetch(url, { method: 'PUT', body: 'x' })).status);
		expect(statuses).toEqual([200, 500]);
	});

	test('a batch of part URLs matches if it contains the part', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const uploadId = await initiate(file);
		const fault = sandbox().inject({ step: 'partUrls', kind: 'emptyOk', partNumber: 3 });
		await askPartUrls(sandbox(), file, uploadId, 0, 2);
		expect(fault.hits()).toBe(0);
		const route = `POST /v1/packages/${file.packageId}/files/${file.fileId}?start=2&count=2`;
		const struck = await callApi(sandbox(), route, { token: file.token, body: { upload_id: uploadId } });
		expect([struck.status, struck.text, fault.hits()]).toEqual([200, '', 1]);
	});
});

describe('faults that prevent execution', () => {
	test('status sends the given response', async () => {
		const headers = { 'retry-after': '7' };
		sandbox().inject({
			step: 'createPackage',
			kind: 'status',
			status: 429,
			headers,
			body: 'slow',
			contentType: 'text/plain',
		});
		const answer = await create('status');
		expect([answer.status, answer.text, answer.headers.get('retry-after')]).toEqual([429, 'slow', '7']);
		expect(created('status')).toBe(0);
	});

	test.each<[Fault['kind'], number, RegExp]>([
		['html', 502, /^<!DOCTYPE html>/],
		['emptyOk', 200, /^$/],
		['wrongJson', 200, /^\{"unexpected"/],
	])('%s', async (kind, status, text) => {
		sandbox().inject({ step: 'createPackage', kind });
		const answer = await create(kind);
		expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
		expect(created(kind)).toBe(0);
	});

	test.each<Fault['kind']>(['refuse', 'resetBeforeBody', 'resetMidBody'])('%s', async (kind) => {
		const fault = sandbox().inject({ step: 'createPackage', kind });
		await expect(create(kind)).rejects.toThrow('fetch failed');
		expect([created(kind), fault.hits()]).toEqual([0, 1]);
		expect(sandbox().requests.at(-1)).toMatchObject({ step: 'createPackage', status: 0 });
	});

	test('resetMidBody reads half of a part and stores nothing', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const [part] = await askPartUrls(sandbox(), file, await initiate(file), 0, 1);
		sandbox().inject({ step: 'partPut', kind: 'resetMidBody' });
		const size = 8 * 2 ** 20;
		await expect(fetch(part!.url, { method: 'PUT', body: new Uint8Array(size) })).rejects.toThrow('fetch failed');
		const recorded = sandbox().requests.at(-1);
		expect(recorded?.bodyBytes).toBeGreaterThanOrEqual(size / 2);
		expect(recorded?.bodyBytes).toBeLessThan(size);
	});

	test('hang never sends a response', async () => {
		sandbox().inject({ step: 'createPackage', kind: 'hang' });
		const abort = new AbortController();
		const pending = fetch(`${sandbox().url}/v1/teams/${sandbox().teamId}/packages`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-api-key': sandbox().apiKey },
			body: JSON.stringify({ name: 'hang', description: '', recipients: [] }),
			signal: abort.signal,
		});
		const answered = pending.then(
			() => 'answered',
			() => 'aborted',
		);
		await list(); // a later request gets a response, the hanging one does not
		abort.abort();
		expect([await answered, created('hang')]).toEqual(['aborted', 0]);
	});
});

describe('faults after execution', () => {
	test('resetAfterBody', async () => {
		sandbox().inject({ step: 'createPackage', kind: 'resetAfterBody' });
		await expect(create('resetAfterBody')).rejects.toThrow('fetch failed');
		expect(created('resetAfterBody')).toBe(1);
	});

	test('lostAnswerStatus', async () => {
		sandbox().inject({ step: 'createPackage', kind: 'lostAnswerStatus', status: 504 });
		const answer = await create('lostAnswerStatus');
		expect([answer.status, answer.headers.get('content-type')]).toEqual([504, 'text/html; charset=utf-8']);
		expect(created('lostAnswerStatus')).toBe(1);
	});

	test('hangAfterBody', async () => {
		sandbox().inject({ step: 'createPackage', kind: 'hangAfterBody' });
		const abort = new AbortController();
		const answered = fetch(`${sandbox().url}/v1/teams/${sandbox().teamId}/packages`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-api-key': sandbox().apiKey },
			body: JSON.stringify({ name: 'hangAfterBody', description: '', recipients: [] }),
			signal: abort.signal,
		}).then(
			() => 'answered',
			() => 'aborted',
		);
		while (created('hangAfterBody') === 0) await new Promise(setImmediate);
		await list();
		abort.abort();
		expect(await answered).toBe('aborted');
	});

	test('cutAnswer truncates a JSON body', async () => {
		sandbox().inject({ step: 'createPackage', kind: 'cutAnswer' });
		await expect(create('cutAnswer')).rejects.toThrow();
		expect(created('cutAnswer')).toBe(1);
	});

	test('cutAnswer truncates a 204 in its status line', async () => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('x')]);
		sandbox().inject({ step: 'finalizeFile', kind: 'cutAnswer' });
		await expect(finalizeFile(sandbox(), file)).rejects.toThrow('fetch failed');
		expect(sandbox().files(file.packageId)[0]?.finalized).toBe(true);
	});

	test('cutAnswer sends the ETag of a part, then announces a body that never comes', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const uploadId = await initiate(file);
		const [part] = await askPartUrls(sandbox(), file, uploadId, 0, 1);
		sandbox().inject({ step: 'partPut', kind: 'cutAnswer' });
		const response = await fetch(part!.url, { method: 'PUT', body: 'x' });
		const etag = response.headers.get('etag') ?? '';
		await expect(response.text()).rejects.toThrow();
		expect((await finalizeFile(sandbox(), { ...file, uploadId, etags: [etag], size: 1 })).status).toBe(204);
	});

	test('cutAnswer truncates a download', async () => {
		const sent = await sendPackage(sandbox(), 'some content');
		const link = await callApi(sandbox(), `POST /v1/packages/${sent.id}/links`, { token: sent.token, body: {} });
		const route = `GET /v1/links/${link.json.id}?secret=${link.json.download_secret}`;
		const { json } = await callApi(sandbox(), route);
		const file = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
		const { url } = (await callApi(sandbox(), file, { token: json.package_token })).json;
		sandbox().inject({ step: 'getObject', kind: 'cutAnswer' });
		const response = await fetch(url);
		expect(response.headers.get('content-length')).toBe('12');
		await expect(response.text()).rejects.toThrow();
		expect(await (await fetch(url)).text()).toBe('some content');
	});

	test.each<[Fault['damage'], string]>([
		['flip', 'abc\x9bef'],
		['cut', 'ab'],
	])('damage (%s) stores what arrived, and answers with its ETag', async (damage, arrived) => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const uploadId = await initiate(file);
		const [part] = await askPartUrls(sandbox(), file, uploadId, 0, 1);
		sandbox().inject({ step: 'partPut', kind: 'damage', damage });
		const content = damage === 'cut' ? 'abcde' : 'abcdef';
		const etag = await putPart(part!, bytes(content));
		const expected = Buffer.from(arrived, 'latin1');
		expect(etag).toBe(`"${createHash('md5').update(expected).digest('hex')}"`);
		const uploaded = { ...file, uploadId, etags: [etag], size: expected.length };
		expect((await finalizeFile(sandbox(), uploaded)).status).toBe(204);
		const hash = createHash('sha256').update(expected).digest('hex');
		expect(await sandbox().sha256(file.packageId, file.fileId)).toBe(hash);
	});
});
