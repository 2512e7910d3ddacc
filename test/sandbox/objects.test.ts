import { get } from 'node:https';

import { startSandbox, type Fault, type Sandbox, type SandboxOptions } from '../../sandbox/start.ts';
import { selfSigned } from '../support/selfSigned.ts';
import { callApi, sendPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox();
const content = 'the content of a file';

/** The signed URL of a file with this content. */
async function signedUrl(of: Sandbox): Promise<string> {
	const sent = await sendPackage(of, content);
	const link = await callApi(of, `POST /v1/packages/${sent.id}/links`, { token: sent.token, body: {} });
	const opened = await callApi(of, `GET /v1/links/${link.json.id}?secret=${link.json.download_secret}`);
	const route = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
	return (await callApi(of, route, { token: opened.json.package_token })).json.url;
}

async function read(url: string, headers: Record<string, string> = {}): Promise<Response> {
	return await fetch(url, { headers });
}

describe('an object', () => {
	test('is served if its ETag is the one that is asked for', async () => {
		const url = await signedUrl(sandbox());
		const etag = (await read(url)).headers.get('etag') ?? '';
		expect((await read(url, { 'if-match': etag })).status).toBe(200);
		expect((await read(url, { 'if-match': `"other", ${etag}` })).status).toBe(200);
		const other = await read(url, { 'if-match': '"other"' });
		expect([other.status, await other.text()]).toEqual([412, expect.stringContaining('PreconditionFailed')]);
	});

	test.each<[string, Omit<Fault, 'step'>, string]>([
		['with another ETag', { kind: 'alterAnswer', headers: { etag: '"other"' } }, '206 "other" the '],
		['with a byte inverted', { kind: 'damage' }, '206 etag th\ufffd '],
		['with half of its bytes', { kind: 'damage', damage: 'cut' }, '206 etag th'],
		['as a whole', { kind: 'ignoreRange' }, `200 etag ${content}`],
	])('is served once %s', async (_, fault, expected) => {
		const url = await signedUrl(sandbox());
		const range = { range: 'bytes=0-3' };
		const etag = (await read(url)).headers.get('etag') ?? '';
		sandbox().inject({ step: 'getObject', ...fault });
		const response = await read(url, range);
		const shown = response.headers.get('etag') === etag ? 'etag' : response.headers.get('etag');
		expect(`${response.status} ${shown} ${await response.text()}`).toBe(expected);
		expect(await (await read(url, range)).text()).toBe('the ');
	});

	test('stops in the middle of its body', async () => {
		const url = await signedUrl(sandbox());
		sandbox().inject({ step: 'getObject', kind: 'stallAnswer' });
		const response = await read(url);
		const reader = response.body?.getReader();
		const first = await reader?.read();
		expect(Buffer.from(first?.value ?? []).toString()).toBe(content.slice(0, Math.floor(content.length / 2)));
		await reader?.cancel();
	});
});

describe('a storage', () => {
	const start = async (options: SandboxOptions, use: (started: Sandbox) => Promise<void>): Promise<void> => {
		const started = await startSandbox(options);
		try {
			await use(started);
		} finally {
			await started.close();
		}
	};

	test('speaks HTTPS on request', async () => {
		const tls = selfSigned();
		await start({ storageTls: tls }, async (started) => {
			const seeded = started.seedPackage({ files: [{ name: 'a', content }] });
			expect(started.storageUrl).toMatch(/^https:/);
			const status = await new Promise((resolve, reject) => {
				get(`${started.storageUrl}/none`, { ca: tls.cert }, (response) => resolve(response.resume().statusCode)).on(
					'error',
					reject,
				);
			});
			expect(status).toBe(403);
			expect(seeded.total_files).toBe(1);
		});
	});

	test('says that it encrypts with KMS keys if its ETags are no MD5s', async () => {
		await start({ opaqueEtags: true }, async (started) => {
			const { headers } = await read(await signedUrl(started));
			expect(headers.get('x-amz-server-side-encryption')).toBe('aws:kms');
		});
		expect((await read(await signedUrl(sandbox()))).headers.get('x-amz-server-side-encryption')).toBeNull();
	});
});
