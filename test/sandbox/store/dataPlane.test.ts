import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { presign } from '../../../sandbox/store/sigV4.ts';
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
	type Blueprint,
} from '../callApi.ts';

let nowMs = Date.UTC(2026, 0, 1);
const sandbox = useSandbox({ now: () => nowMs, urlLifetimeSeconds: 600 });

/** A pre-signed URL made by the test, for requests for which the API returns none. */
function signed(method: string, key: string, query: Record<string, string>): string {
	const { storageUrl, storageKeys } = sandbox();
	const url = `${storageUrl}/${storageKeys.bucket}/${key}`;
	return presign(storageKeys, { method, url, query, nowMs, lifetimeSeconds: 600 });
}

async function beginPart(): Promise<{ part: Blueprint; uploadId: string; key: string }> {
	const file = await addFile(sandbox(), await createPackage(sandbox()));
	const uploadId = await initiate(file);
	const [part] = await askPartUrls(sandbox(), file, uploadId, 0, 1);
	return { part: part!, uploadId, key: `${file.packageId}/${file.fileId}` };
}

async function responseOf(request: ClientRequest): Promise<IncomingMessage> {
	const [response] = (await once(request, 'response')) as [IncomingMessage];
	return response;
}

async function refusal(response: Response): Promise<[number, string | undefined]> {
	const text = await response.text();
	expect(response.headers.get('content-type')).toBe('application/xml');
	return [response.status, /<Code>(.*)<\/Code>/.exec(text)?.[1]];
}

describe('putting a part', () => {
	test('is rejected with a forged signature', async () => {
		const { part } = await beginPart();
		const url = part.url.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
		expect(await refusal(await fetch(url, { method: 'PUT', body: 'x' }))).toEqual([403, 'SignatureDoesNotMatch']);
	});

	test('is rejected with a part number other than the signed one', async () => {
		const { part } = await beginPart();
		const url = part.url.replace('partNumber=1', 'partNumber=2');
		expect(await refusal(await fetch(url, { method: 'PUT', body: 'x' }))).toEqual([403, 'SignatureDoesNotMatch']);
	});

	test('is rejected once the URL has expired', async () => {
		const { part } = await beginPart();
		nowMs += 601_000;
		const response = await fetch(part.url, { method: 'PUT', body: 'x' });
		expect(response.status).toBe(403);
		expect(await response.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
	});

	test('requires a length', async () => {
		const { part } = await beginPart();
		const request = httpRequest(part.url, { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } });
		request.end('chunk');
		const response = await responseOf(request);
		response.resume();
		expect(response.statusCode).toBe(411);
	});

	test.each(['0', '10001', '1.5', 'x'])('is rejected for part number %s', async (partNumber) => {
		const { uploadId, key } = await beginPart();
		const url = signed('PUT', key, { partNumber, uploadId });
		expect(await refusal(await fetch(url, { method: 'PUT', body: 'x' }))).toEqual([400, 'InvalidArgument']);
	});

	test('is rejected for an unknown upload', async () => {
		const { key } = await beginPart();
		const url = signed('PUT', key, { partNumber: '1', uploadId: 'nope' });
		expect(await refusal(await fetch(url, { method: 'PUT', body: 'x' }))).toEqual([404, 'NoSuchUpload']);
	});

	test.each(['x-api-key', 'x-package-token', 'authorization', 'x-masv-anything', 'x-access-code'])(
		'is rejected and recorded if %s is sent to the storage',
		async (name) => {
			const { part } = await beginPart();
			const response = await fetch(part.url, { method: 'PUT', body: 'x', headers: { [name]: 'secret' } });
			expect(response.status).toBe(400);
			const recorded = sandbox().requests.at(-1);
			expect(recorded).toMatchObject({ plane: 'storage', step: 'partPut', status: 400 });
			expect(recorded?.headers[name]).toBe('secret');
		},
	);

	test('checks Content-MD5', async () => {
		const { part } = await beginPart();
		const put = (md5: string) => fetch(part.url, { method: 'PUT', body: 'x', headers: { 'content-md5': md5 } });
		expect(await refusal(await put('eHg='))).toEqual([400, 'InvalidDigest']);
		expect(await refusal(await put(createHash('md5').update('y').digest('base64')))).toEqual([400, 'BadDigest']);
		expect((await put(createHash('md5').update('x').digest('base64'))).status).toBe(200);
	});

	test('stores nothing if only half of it arrives', async () => {
		const { part, uploadId, key } = await beginPart();
		const { hostname, port, pathname, search } = new URL(part.url);
		const socket = connect(Number(port), hostname);
		socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 100\r\n\r\nhalf`);
		socket.end();
		socket.resume();
		await once(socket, 'close');
		const listed = await (await fetch(signed('GET', key, { uploadId }))).text();
		expect(listed).toContain('<UploadId>');
		expect(listed).not.toContain('<Part>');
	});

	test('sends 100 Continue only after accepting the head', async () => {
		const { part } = await beginPart();
		const headers = { expect: '100-continue', 'content-length': '1' };
		const good = httpRequest(part.url, { method: 'PUT', headers });
		const continued = once(good, 'continue');
		good.flushHeaders();
		await continued;
		good.end('x');
		expect((await responseOf(good)).statusCode).toBe(200);

		const bad = httpRequest(part.url.replace(/.$/, 'x'), { method: 'PUT', headers });
		let wasContinued = false;
		bad.on('continue', () => (wasContinued = true)).on('error', () => {});
		bad.flushHeaders();
		const response = await responseOf(bad);
		expect([response.statusCode, wasContinued]).toEqual([403, false]);
		bad.destroy();
	});
});

describe('a finished upload', () => {
	test('is unknown after completion', async () => {
		const file = await uploadParts(sandbox(), await createPackage(sandbox()), [bytes('x')]);
		const [part] = await askPartUrls(sandbox(), file, file.uploadId, 0, 1);
		await finalizeFile(sandbox(), file);
		expect(await refusal(await fetch(part!.url, { method: 'PUT', body: 'x' }))).toEqual([404, 'NoSuchUpload']);
	});

	test('is unknown after being aborted', async () => {
		const { part, key, uploadId } = await beginPart();
		const open = sandbox().openUploads();
		const url = signed('DELETE', key, { uploadId });
		expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
		expect(sandbox().openUploads()).toBe(open - 1);
		expect(await refusal(await fetch(url, { method: 'DELETE' }))).toEqual([404, 'NoSuchUpload']);
		expect(await refusal(await fetch(part.url, { method: 'PUT', body: 'x' }))).toEqual([404, 'NoSuchUpload']);
	});
});

describe('completing over HTTP', () => {
	const complete = async (key: string, uploadId: string, parts: [number, string][]) => {
		const items = parts.map(([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag></Part>`);
		const body = `<CompleteMultipartUpload>${items.join('')}</CompleteMultipartUpload>`;
		return await fetch(signed('POST', key, { uploadId }), { method: 'POST', body });
	};

	test("follows S3's rules and returns S3's ETag", async () => {
		const large = new Uint8Array(5 * 1024 * 1024);
		const created = await createPackage(sandbox());
		const file = await uploadParts(sandbox(), created, [large, bytes('tail'), bytes('more')]);
		const key = `${created.id}/${file.fileId}`;
		const [one = '', two = '', three = ''] = file.etags;
		const attempt = async (parts: [number, string][]) => refusal(await complete(key, file.uploadId, parts));
		expect(await attempt([])).toEqual([400, 'MalformedXML']);
		expect(
			await attempt([
				[2, two],
				[1, one],
			]),
		).toEqual([400, 'InvalidPartOrder']);
		expect(
			await attempt([
				[1, one],
				[1, one],
			]),
		).toEqual([400, 'InvalidPartOrder']);
		expect(await attempt([[1, two]])).toEqual([400, 'InvalidPart']);
		expect(
			await attempt([
				[1, one],
				[4, two],
			]),
		).toEqual([400, 'InvalidPart']);
		expect(
			await attempt([
				[2, two],
				[3, three],
			]),
		).toEqual([400, 'EntityTooSmall']);
		const done = await complete(key, file.uploadId, [
			[1, one],
			[2, two],
		]);
		const md5s = Buffer.concat([one, two].map((etag) => Buffer.from(etag.slice(1, -1), 'hex')));
		const etag = `${createHash('md5').update(md5s).digest('hex')}-2`;
		expect(await done.text()).toContain(`<ETag>&quot;${etag}&quot;</ETag>`);
		expect(await attempt([[1, one]])).toEqual([404, 'NoSuchUpload']);
	});
});

describe('reading an object', () => {
	test.each([
		[undefined, 200, '0123456789', null],
		['bytes=2-4', 206, '234', 'bytes 2-4/10'],
		['bytes=7-', 206, '789', 'bytes 7-9/10'],
		['bytes=-2', 206, '89', 'bytes 8-9/10'],
		['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
		['bytes=0-1,4-5', 200, '0123456789', null],
	])('with range %s returns %i', async (range, status, content, contentRange) => {
		const sent = await sendPackage(sandbox(), '0123456789');
		const url = signed('GET', `${sent.id}/${sent.fileId}`, {});
		const response = await fetch(url, { headers: range === undefined ? {} : { range } });
		expect([response.status, await response.text()]).toEqual([status, content]);
		expect(response.headers.get('content-range')).toBe(contentRange);
		expect(response.headers.get('content-length')).toBe(String(content.length));
	});

	test('joins parts if the range spans several', async () => {
		const first = new Uint8Array(randomBytes(5 * 1024 * 1024));
		const created = await createPackage(sandbox());
		const file = await uploadParts(sandbox(), created, [first, bytes('tail')]);
		await finalizeFile(sandbox(), file);
		const headers = { range: `bytes=${first.length - 2}-${first.length + 1}` };
		const response = await fetch(signed('GET', `${created.id}/${file.fileId}`, {}), { headers });
		expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.concat([first.subarray(-2), bytes('ta')]));
	});

	test('is 416 beyond its end and 404 if it does not exist', async () => {
		const sent = await sendPackage(sandbox(), '0123456789');
		const url = signed('GET', `${sent.id}/${sent.fileId}`, {});
		expect(await refusal(await fetch(url, { headers: { range: 'bytes=10-' } }))).toEqual([416, 'InvalidRange']);
		expect(await refusal(await fetch(signed('GET', 'no/thing', {})))).toEqual([404, 'NoSuchKey']);
	});
});

test('rejects a request without a signature', async () => {
	const { storageUrl, storageKeys } = sandbox();
	const answer = await fetch(`${storageUrl}/${storageKeys.bucket}/x?uploads`, { method: 'POST' });
	expect(await refusal(answer)).toEqual([403, 'AccessDenied']);
});

test('a part is read from the folder, not from memory', async () => {
	const { part } = await beginPart();
	await putPart(part, bytes('on disk'));
	expect(sandbox().requests.at(-1)).toMatchObject({ bodyBytes: 7, status: 200 });
	expect((await callApi(sandbox(), 'GET /v1/teams', { key: true })).status).toBe(200);
});
