import { callApi, createPackage, sendPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox();

async function createLink(of: { id: string; token: string }, body: object = {}) {
	return await callApi(sandbox(), `POST /v1/packages/${of.id}/links`, { token: of.token, body });
}

async function open(link: { id: string; download_secret: string }, headers?: Record<string, string>) {
	return await callApi(sandbox(), `GET /v1/links/${link.id}?secret=${link.download_secret}`, { headers });
}

test('a direct link gives access to the content without an API key', async () => {
	const sent = await sendPackage(sandbox(), 'the content');
	const { status, json: link } = await createLink(sent);
	expect(status).toBe(201);
	expect(link).toMatchObject({ active: true, email: '', access_limit: 0, access_limit_enabled: false });
	expect(link.download_secret).toMatch(/^[A-Za-z]{16}$/);
	const { json: opened } = await open(link);
	expect(opened).toMatchObject({ package_id: sent.id, package_size: 11, recipient_email: '', name: 'Package' });
	const token = opened.package_token;
	const { json: files } = await callApi(sandbox(), `GET /v1/packages/${sent.id}/files`, { token });
	const { json } = await callApi(sandbox(), `GET /v1/packages/${sent.id}/files/${files[0]?.id}/download`, { token });
	expect(Object.keys(json)).toEqual(['url']);
	expect(await (await fetch(json.url)).text()).toBe('the content');
});

test('a link for a recipient is returned without its secret', async () => {
	const { status, json } = await createLink(await sendPackage(sandbox(), 'x'), {
		email: 'b@x.example',
		password: 'pw',
	});
	expect([status, json.email, json.password]).toEqual([201, 'b@x.example', '****']);
	expect(json).not.toHaveProperty('download_secret');
});

test('rejects a wrong secret, an unknown link and a disabled link', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const { json: link } = await createLink(sent);
	expect((await open({ ...link, download_secret: 'wrong' })).status).toBe(403);
	expect((await open({ ...link, id: 'nope' })).status).toBe(404);
	const disable = async (token: string) => (await callApi(sandbox(), `DELETE /v1/links/${link.id}`, { token })).status;
	expect(await disable((await createPackage(sandbox())).token)).toBe(403);
	const { package_token } = (await open(link)).json;
	expect(await disable(sent.token)).toBe(204);
	expect((await open(link)).status).toBe(403);
	const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
	expect((await callApi(sandbox(), download, { token: package_token })).status).toBe(403);
	expect(sandbox().links(sent.id)).toHaveLength(1);
});

test('requires a password, by default that of the package', async () => {
	const sent = await sendPackage(sandbox(), 'x', { password: 'default' });
	const [standard, own] = [await createLink(sent), await createLink(sent, { password: 'own' })];
	expect((await open(standard.json)).status).toBe(401);
	expect((await open(standard.json, { 'x-link-password': 'own' })).status).toBe(401);
	expect((await open(standard.json, { 'x-link-password': 'default' })).status).toBe(200);
	expect((await open(own.json, { 'x-link-password': 'own' })).status).toBe(200);
});

test('a link created during the upload works afterwards', async () => {
	const created = await createPackage(sandbox());
	const { status, json: link } = await createLink(created);
	expect([status, link.active]).toEqual([201, false]);
	expect((await open(link)).status).toBe(400);
});

test('an expired package rejects new links, and its links stop working', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const { json: link } = await createLink(sent);
	await sandbox().expirePackage(sent.id);
	expect((await open(link)).status).toBe(403);
	expect((await createLink(sent)).status).toBe(400);
});

test('the access limit counts downloads, not look-ups or files', async () => {
	const sent = await sendPackage(sandbox(), 'x', { access_limit: 1 });
	const { json: link } = await createLink(sent);
	const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
	const [first, second] = [(await open(link)).json.package_token, (await open(link)).json.package_token];
	expect((await callApi(sandbox(), download, { token: first })).status).toBe(200);
	expect((await callApi(sandbox(), download, { token: first })).status).toBe(200);
	expect((await callApi(sandbox(), download, { token: second })).status).toBe(403);
	expect((await open(link)).status).toBe(403);
});

test('activities record what happened, each with its history', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const { json: link } = await createLink(sent);
	await open(link);
	const list = async (query: string) => {
		const route = `GET /v1.1/teams/${sandbox().teamId}/activities?package_id=${sent.id}&${query}`;
		return (await callApi(sandbox(), route, { key: true })).json;
	};
	const all = await list('sort=created_at');
	expect(all.records.map((one) => [one.activity_type, one.activity_state])).toEqual([
		['package_upload_to_masv', 'complete'],
		['link_generation', 'started'],
	]);
	expect((await list('activity_types=link_generation&activity_states=pending')).metadata.total).toBe(0);
	const route = `GET /v1/teams/${sandbox().teamId}/activities/${all.records[0]?.id}/events`;
	const { json: events } = await callApi(sandbox(), route, { key: true });
	expect(events.map((event) => event.activity_state)).toEqual(['pending', 'started', 'complete']);
});

test('a password may be URI-encoded, because no header can carry every character', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const { json: link } = await createLink(sent, { password: 'pä ss%' });
	expect((await open(link, { 'x-link-password': encodeURIComponent('pä ss%') })).status).toBe(200);
	expect((await open(link, { 'x-link-password': 'p%' })).status).toBe(401);
});

test('the token of the package itself opens no download, only that of a link', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
	expect((await callApi(sandbox(), download, { token: sent.token })).status).toBe(403);
});

test('each download shows in the activities of the package, with its link', async () => {
	const sent = await sendPackage(sandbox(), 'x');
	const { json: link } = await createLink(sent);
	const token = (await open(link)).json.package_token;
	const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
	for (let turn = 0; turn < 2; turn++) await callApi(sandbox(), download, { token });
	const shown = sandbox()
		.activities(sent.id)
		.filter((one) => one.activity_type === 'package_download_from_masv');
	expect(shown.map((one) => [one.activity_state, one.link_id])).toEqual([['started', link.id]]);
});

test('a listing tells directories and infected files from others', async () => {
	const seeded = sandbox().seedPackage({
		contains_virus: true,
		files: [
			{ name: 'a.mov', content: 'x' },
			{ name: 'b.exe', path: 'in', content: 'y', virusDetected: true, lastModified: '2018-08-22T11:39:10.280-04:00' },
			{ name: 'empty', content: '', kind: 'directory' },
		],
	});
	const { json: link } = await createLink(await managed(seeded.id));
	const token = (await open(link)).json.package_token;
	const { json: files } = await callApi(sandbox(), `GET /v1/packages/${seeded.id}/files`, { token });
	expect(files.slice(0, 3)).toMatchObject([
		{ kind: 'file', name: 'a.mov', virus_detected: false },
		{ kind: 'file', name: 'b.exe', virus_detected: true, last_modified: '2018-08-22T11:39:10.280-04:00' },
		{ kind: 'directory', name: 'empty' },
	]);
	expect(files[2]).not.toHaveProperty('size');
	const directory = `GET /v1/packages/${seeded.id}/files/${files[2]?.id}/download`;
	expect((await callApi(sandbox(), directory, { token })).status).toBe(404);
});

/** A package with the token that manages it. */
async function managed(id: string): Promise<{ id: string; token: string }> {
	const route = `GET /v1.1/teams/${sandbox().teamId}/packages/${id}`;
	return { id, token: (await callApi(sandbox(), route, { key: true })).json.access_token };
}

describe('a server on which owners need no link', () => {
	const lenient = useSandbox({ ownerDownloads: true });

	test('accepts the token of the package, and counts no download of a link', async () => {
		const sent = await sendPackage(lenient(), 'the content');
		const download = `GET /v1/packages/${sent.id}/files/${sent.fileId}/download`;
		const { json } = await callApi(lenient(), download, { token: sent.token });
		expect(await (await fetch(json.url)).text()).toBe('the content');
		expect(lenient().links(sent.id)).toEqual([]);
	});
});
