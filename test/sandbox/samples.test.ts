import { addFile, askPartUrls, type Blueprint, bytes, callApi, createPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox({ likeSamples: true, signedHeaders: true });

const teamRoute = (rest: string): string => `/v1.1/teams/${sandbox().teamId}/${rest}`;

async function send(
	{ url, method, headers }: Blueprint,
	content?: Uint8Array<ArrayBuffer>,
	without = '',
): Promise<Response> {
	const kept = Object.entries(headers).filter(([name]) => name !== without);
	return await fetch(url, { method, headers: Object.fromEntries(kept), body: content });
}

describe('a blueprint with headers', () => {
	test('is refused without one of them, or with another value', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const names = Object.keys(file.create.headers);
		expect(names).toEqual(['Content-Type', 'X-Amz-Content-Sha256']);
		for (const name of names) {
			const refused = await send(file.create, undefined, name);
			expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
		}
		const altered = { ...file.create, headers: { ...file.create.headers, 'Content-Type': 'video/quicktime' } };
		expect((await send(altered)).status).toBe(403);
	});

	test('is accepted with all of them, also for parts', async () => {
		const file = await addFile(sandbox(), await createPackage(sandbox()));
		const created = await send(file.create);
		const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(await created.text())?.[1] ?? '';
		const [part] = await askPartUrls(sandbox(), file, uploadId, 0, 1);
		expect((await send(part!, bytes('content'), 'Content-Type')).status).toBe(403);
		expect((await send(part!, bytes('content'))).status).toBe(200);
	});
});

describe('a list that looks like its sample', () => {
	test('has paths that begin with a slash, and times of another zone', async () => {
		const lastModified = '2018-08-22T15:39:10.280Z';
		const seeded = sandbox().seedPackage({
			files: [
				{ name: 'photo.jpg', path: 'some/directory', content: 'x', lastModified },
				{ name: 'my-image.png', content: '', lastModified },
				{ name: 'directory', path: 'some', content: '', kind: 'directory', lastModified },
				{ name: 'virus.exe', content: '', lastModified, virusDetected: true },
			],
		});
		const { json } = await callApi(sandbox(), `GET ${teamRoute(`packages/${seeded.id}`)}`, { key: true });
		const { json: files } = await callApi(sandbox(), `GET /v1/packages/${seeded.id}/files`, {
			token: json.access_token,
		});
		const last_modified = '2018-08-22T11:39:10.280-04:00';
		expect(files.slice(0, 4).map(({ id: _id, ...file }) => file)).toEqual([
			{ kind: 'file', name: 'photo.jpg', path: '/some/directory', size: 1, last_modified },
			{ kind: 'file', name: 'my-image.png', path: '/', size: 0, last_modified },
			{ kind: 'directory', name: 'directory', path: '/some', last_modified },
			{ kind: 'file', name: 'virus.exe', path: '/', size: 0, last_modified, virus_detected: true },
		]);
		expect(Object.keys(files[4]!).sort()).toEqual(['id', 'kind', 'last_modified', 'name']);
	});

	test('has no key of a portal that is not set', async () => {
		const { id } = sandbox().seedPortal();
		const { json } = await callApi(sandbox(), `GET ${teamRoute('portals')}`, { key: true });
		const portal = json.records.find((each) => each.id === id);
		// The sample in MASV docs, Portals, "Listing Portals", and what only MASV's own code names.
		expect(Object.keys(portal!).sort()).toEqual([
			'access_level',
			'access_list',
			'active',
			'cloud_connections',
			'created_at',
			'custom_expiry_days',
			'disable_upload_receipt',
			'expiry',
			'expiry_enabled',
			'file_type_restriction_enabled',
			'file_type_restriction_exclude',
			'file_types',
			'has_access_code',
			'has_download_password',
			'id',
			'max_file_count',
			'max_file_size',
			'max_package_size',
			'message',
			'name',
			'package_name_format',
			'package_name_format_enabled',
			'package_size_restriction_enabled',
			'primary_color',
			'recipients',
			'subdomain',
			'terms_of_service',
			'terms_of_service_enabled',
			'updated_at',
		]);
		const webhooks = [{ id: 'W' }];
		const attached = sandbox().seedPortal({ custom_webhooks: webhooks, logo_url: 'https://x.example/a.png' });
		const { json: one } = await callApi(sandbox(), `GET /v1.1/portals/${attached.id}`, { key: true });
		expect(one).toMatchObject({ custom_webhooks: webhooks, logo_url: 'https://x.example/a.png' });
	});

	test('has no key of a received package that is not set', async () => {
		const portal_id = sandbox().seedPortal().id;
		const list = async () =>
			(await callApi(sandbox(), `GET /v1.1/portals/${portal_id}/packages`, { key: true })).json.records;
		sandbox().seedPackage({ portal_id });
		expect((await list())[0]).not.toMatchObject({ access_limit: expect.anything() as unknown });
		expect((await list())[0]).not.toHaveProperty('password');
		sandbox().seedPackage({ portal_id, access_limit: 3, password: 'x', created_at: '2099-01-01T00:00:00.000Z' });
		expect((await list())[0]).toMatchObject({ access_limit: 3, password: '****' });
	});
});
