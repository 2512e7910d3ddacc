import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import * as os from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readCommandLine } from '../../sandbox/commandLine.ts';
import { seedExamples, startMessage } from '../../sandbox/examples.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { callApi, sendPackage, useSandbox } from './callApi.ts';

jest.mock('node:os', () => {
	const actual = jest.requireActual<typeof os>('node:os');
	return { ...actual, tmpdir: jest.fn(actual.tmpdir) };
});

const sandbox = useSandbox();

test('two sandboxes can run side by side, each with its own keys', async () => {
	const other = await startSandbox();
	const route = `GET /v1.1/teams/${other.teamId}/portals`;
	expect((await callApi(other, route, { key: true })).status).toBe(200);
	expect((await callApi(other, route, { headers: { 'x-api-key': sandbox().apiKey } })).status).toBe(401);
	await other.close();
	await expect(callApi(other, route, { key: true })).rejects.toThrow('fetch failed');
});

test('deletes its own folder on close, but not one given as an option', async () => {
	const own = await startSandbox();
	await sendPackage(own, 'content');
	expect(readdirSync(own.folder).length).toBeGreaterThan(0);
	await own.close();
	expect(existsSync(own.folder)).toBe(false);

	const folder = await mkdtemp(join(os.tmpdir(), 'masv-given-'));
	try {
		const given = await startSandbox({ folder, apiKey: 'key', teamId: 'TEAM' });
		await sendPackage(given, 'content');
		expect([given.apiKey, given.teamId, given.folder]).toEqual(['key', 'TEAM', folder]);
		await given.close();
		expect(readdirSync(folder).length).toBeGreaterThan(0);
	} finally {
		await rm(folder, { recursive: true });
	}
});

test('leaves neither a server nor a folder behind if a port is taken', async () => {
	const gone = await startSandbox();
	const storagePort = Number(new URL(gone.storageUrl).port);
	await gone.close();
	const parent = await mkdtemp(join(os.tmpdir(), 'masv-parent-'));
	try {
		jest.mocked(os.tmpdir).mockReturnValueOnce(parent);
		const port = Number(new URL(sandbox().url).port);
		await expect(startSandbox({ port, storagePort })).rejects.toThrow('EADDRINUSE');
		expect(readdirSync(parent)).toEqual([]);
		await expect(fetch(gone.storageUrl)).rejects.toThrow('fetch failed');
	} finally {
		await rm(parent, { recursive: true });
	}
});

test('close() closes hanging connections', async () => {
	const own = await startSandbox();
	own.inject({ step: 'listTeams', kind: 'hang' });
	const hanging = callApi(own, 'GET /v1/teams', { key: true }).then(
		() => 'answered',
		() => 'broken',
	);
	while (own.requests.length === 0) await new Promise(setImmediate);
	await own.close();
	expect(await hanging).toBe('broken');
});

test('keeps connections alive', async () => {
	const { headers } = await callApi(sandbox(), 'GET /v1/teams', { key: true });
	expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', 'timeout=75']);
});

test('onlyDocumented disables exactly the routes that only MASV’s own code uses', async () => {
	const own = await startSandbox({ onlyDocumented: true });
	const portal = own.seedPortal();
	const { id } = own.seedPackage({ portal_id: portal.id });
	const team = `/v1.1/teams/${own.teamId}`;
	const statuses = async (of: typeof own, paths: string[]) =>
		await Promise.all(paths.map(async (path) => (await callApi(of, `GET ${path}`, { key: true })).status));
	const hidden = [`${team}/packages/${id}`, `${team}/inbox`, `/v1.1/portals/${portal.id}`, `${team}/activities`];
	expect(await statuses(own, hidden)).toEqual([404, 404, 404, 404]);
	expect(await statuses(own, [`${team}/packages`, `/v1.1/portals/${portal.id}/packages`])).toEqual([200, 200]);
	await own.close();
});

test('has teams, members, tags and Teamspaces', async () => {
	const { teamId } = sandbox();
	const get = async (path: string) => (await callApi(sandbox(), `GET ${path}`, { key: true })).json;
	const post = async (path: string, body: object) => await callApi(sandbox(), `POST ${path}`, { key: true, body });
	expect(await get('/v1/teams')).toMatchObject([{ id: teamId }]);
	const [member] = await get(`/v1/teams/${teamId}/members`);
	expect(member).toMatchObject({ team_id: teamId, policy_key: 'owner' });
	const tag = (await post(`/v1/teams/${teamId}/tags`, { name: 'red' })).json;
	expect(await get(`/v1/teams/${teamId}/tags`)).toEqual([tag]);
	expect((await callApi(sandbox(), `DELETE /v1/tags/${tag.id}`, { key: true })).status).toBe(204);
	expect(await get(`/v1/teams/${teamId}/tags`)).toEqual([]);
	const space = await post(`/v1/teams/${teamId}/spaces`, { name: 'Show', member_ids: [member?.id] });
	expect([space.status, space.json.members]).toEqual([201, [member?.id]]);
	expect((await get(`/v1.1/teams/${teamId}/spaces?page=0`)).records).toEqual([{ id: space.json.id, name: 'Show' }]);
	expect((await get(`/v1.1/teams/${teamId}/spaces?page=1`)).records).toEqual([]);
	expect(await get(`/v1/spaces/${space.json.id}`)).toEqual({ id: space.json.id, name: 'Show' });
});

test('a package of more than 10,000 files can be listed once every five seconds', async () => {
	let nowMs = 1_000_000;
	const own = await startSandbox({ now: () => nowMs });
	const { id } = own.seedPackage({ files: Array.from({ length: 10_001 }, () => ({ name: 'a', content: '' })) });
	const { json } = await callApi(own, `GET /v1.1/teams/${own.teamId}/packages/${id}`, { key: true });
	const list = async () => (await callApi(own, `GET /v1/packages/${id}/files`, { token: json.access_token })).status;
	expect([await list(), await list()]).toEqual([200, 429]);
	nowMs += 5000;
	expect(await list()).toBe(200);
	await own.close();
});

describe('the command line', () => {
	test('is converted to options; the secret comes from the environment', () => {
		const args = [
			'--port',
			'8080',
			'--storage-port',
			'9090',
			'--only-documented',
			'--opaque-etags',
			'--signed-headers',
			'--like-samples',
			'--portal-archive',
			'put',
		];
		const s3 = ['--s3', 'http://localhost:9000', '--s3-key-id', 'ID', '--s3-bucket', 'b'];
		expect(readCommandLine([...args, ...s3], { SANDBOX_S3_SECRET_KEY: 'secret' })).toMatchObject({
			port: 8080,
			storagePort: 9090,
			onlyDocumented: true,
			opaqueEtags: true,
			signedHeaders: true,
			likeSamples: true,
			portalArchiveForm: 'put',
			webhooks: true,
			s3: { endpoint: 'http://localhost:9000', accessKeyId: 'ID', secretAccessKey: 'secret', bucket: 'b' },
		});
		expect(readCommandLine(['--no-webhooks'], {})).toMatchObject({ webhooks: false, s3: undefined });
		expect(readCommandLine(['--help'], {})).toContain('SANDBOX_S3_SECRET_KEY');
	});

	test.each([
		[['--port', 'x'], '--port'],
		[['--portal-archive', 'x'], '--portal-archive'],
		[['--s3', 'http://localhost'], '--s3-key-id'],
		[['--s3', 'http://localhost', '--s3-key-id', 'ID'], 'SANDBOX_S3_SECRET_KEY'],
		[['--unknown'], '--unknown'],
	])('rejects %j', (args, message) => {
		expect(() => readCommandLine(args, {})).toThrow(message);
	});

	test.each([
		['an invalid option', ['--port', 'many'], '--port must be a number, not "many"'],
		['an unknown option', ['--bogus'], expect.stringMatching(/^Unknown option '--bogus'.*$/)],
		['a taken port', () => ['--port', new URL(sandbox().url).port], expect.stringMatching(/^listen EADDRINUSE.*$/)],
	])('ends with one line that says why, for %s', async (_, given, line: unknown) => {
		const program = join(__dirname, '../../sandbox/main.ts');
		const args = typeof given === 'function' ? given() : given;
		const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args]);
		const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>]);
		expect([errors.trimEnd(), code]).toEqual([line, 1]);
	});

	test('shows what is needed to use the sandbox', async () => {
		const own = await startSandbox();
		const portal = seedExamples(own, true);
		const text = startMessage(own, portal, true);
		for (const part of [own.url, own.apiKey, own.teamId, portal.id, own.storageUrl, own.folder])
			expect(text).toContain(part);
		expect(own.packages().map(({ state }) => state)).toEqual(['finalized', 'expired']);
		await own.close();
	});
});
