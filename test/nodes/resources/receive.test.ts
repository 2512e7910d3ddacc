import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NodeOperationError } from 'n8n-workflow';

import { MasvTransferError } from '../../../masv/errors';
import { createLink } from '../../../masv/links';
import { Masv } from '../../../nodes/Masv/Masv.node';
import { platform } from '../../../nodes/Masv/platform';
import { failureOf } from '../../support/failureOf';
import type { FakeN8nOptions } from '../../support/fakeN8n';
import { fakeN8n } from '../../support/fakeN8n';
import { runMasv, useDataFolder } from '../../support/masvNode';
import type { TestMasv } from '../../support/testMasv';
import { startTestMasv } from '../../support/testMasv';

useDataFolder();

const files = [
	{ name: 'a.mov', path: 'day 1', content: 'first' },
	{ name: 'b.txt', content: 'second' },
	{ name: 'c.tmp', content: 'third' },
];
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('Receive Files', () => {
	let masv: TestMasv;
	let base: string;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-')));
		masv.sandbox.requests.length = 0;
	});
	afterEach(async () => {
		jest.restoreAllMocks();
		await rm(base, { recursive: true });
	});
	afterAll(async () => await masv.close());

	const receive = async (parameters: object, more: FakeN8nOptions = {}) => {
		const { apiKey, teamId, url } = masv.sandbox;
		return await runMasv({
			credentials: { masvApi: { apiKey, teamId, baseUrl: url } },
			parameters: {
				resource: 'package',
				operation: 'receive',
				saveTo: 'folder',
				folder: join(base, 'in'),
				outputField: 'data',
				options: {},
				transfer: { retryMinutes: 0 },
				...parameters,
			},
			...more,
		});
	};
	const seed = (): string => masv.sandbox.seedPackage({ name: 'Dailies', files }).id;

	it('saves a package of the team to a folder, which it creates, and shows it with the files last', async () => {
		const id = seed();
		const [item] = await receive({ packageId: { mode: 'id', value: id }, options: { exclude: '*.tmp, *.zip' } });
		expect(Object.keys(item?.json ?? {})).toEqual([
			...['package', 'folder', 'bytes', 'duration_ms', 'skipped', 'renamed', 'warnings', 'files'],
		]);
		expect(item?.json).toMatchObject({
			package: { id, name: 'Dailies' },
			folder: join(base, 'in', 'Dailies'),
			bytes: 11,
			skipped: expect.arrayContaining([{ path: 'c.tmp', reason: 'excluded' }]) as unknown,
			warnings: [],
		});
		expect(await readFile(join(base, 'in/Dailies/day 1/a.mov'), 'utf8')).toBe('first');
	});

	it('saves what a link leads to, without an account, and keeps its secret', async () => {
		const id = seed();
		const { id: linkId, download_secret: secret = '' } = await createLink(masv.client(), id, { password: 'pä ss' });
		masv.sandbox.requests.length = 0;
		const linkUrl = `https://masv.post.example/${linkId}?secret=${secret}`;
		const options = { server: masv.sandbox.url, linkPassword: 'pä ss', include: 'day 1/' };
		const [item] = await receive({ authentication: 'none', linkUrl, options }, { credentials: {} });
		expect(item?.json).toMatchObject({ package: { id }, files: [{ name: 'a.mov', size: 5 }] });
		expect(JSON.stringify(item)).not.toContain(secret);
		expect(masv.sandbox.requests.filter(({ headers }) => 'x-api-key' in headers)).toEqual([]);
	});

	it('does with names, and with files that are there, what its options say', async () => {
		const { id } = masv.sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'take 10:30.mov', content: 'first' }] });
		const path = join(base, 'in/Dailies/take 10_30.mov');
		const again = async (options: object): Promise<string> => {
			await receive({ packageId: { mode: 'id', value: id }, options: { namesForWindows: true, ...options } });
			return await readFile(path, 'utf8');
		};
		expect(await again({})).toBe('first');
		await writeFile(path, 'something else');
		expect(await again({})).toBe('something else');
		expect(await again({ ifExists: 'overwrite' })).toBe('first');
	});

	it('asks for the server of a link that does not lead to MASV', async () => {
		const linkUrl = 'https://masv.post.example/L1?secret=not-shown-to-anyone';
		const error = await failureOf<NodeOperationError>(receive({ authentication: 'none', linkUrl }));
		expect(error.message).toBe('The link leads to masv.post.example, not to MASV [Server]');
		expect(masv.sandbox.requests).toEqual([]);
	});

	it('advises to check the server of a link, which has no credential', async () => {
		const parameters = { authentication: 'none', linkUrl: 'https://masv.post.example/L1?secret=x' };
		const options = { server: 'http://127.0.0.1:1' };
		const error = await failureOf<NodeOperationError>(receive({ ...parameters, options }, { credentials: {} }));
		expect(error.message).toContain('127.0.0.1:1 refused the connection');
		expect(error.description).toContain('the Server of a link');
	});

	it('names the file that a link does not open any more, and says what has become of the link', async () => {
		const { id: linkId, download_secret: secret = '' } = await createLink(masv.client(), seed(), {});
		const linkUrl = `https://masv.post.example/${linkId}?secret=${secret}`;
		const options = { server: masv.sandbox.url, include: 'b.txt' };
		masv.sandbox.inject({ step: 'downloadFile', kind: 'status', status: 403 });
		const error = await failureOf<NodeOperationError>(
			receive({ authentication: 'none', linkUrl, options }, { credentials: {} }),
		);
		expect(error.message).toContain('Could not get the download address of "b.txt"');
		expect(error.description).toContain('the link was disabled, has expired or is used up');
	});

	it('puts each file into a binary field of an item of its own', async () => {
		const id = seed();
		const options = { include: ['*.mov', '*.txt'] };
		const items = await receive({ packageId: { mode: 'id', value: id }, saveTo: 'binary', options });
		expect(items.map(({ json }) => json.name)).toEqual(['a.mov', 'b.txt']);
		expect(items.map(({ binary }) => Buffer.from(binary?.data?.data ?? '', 'base64').toString())).toEqual([
			'first',
			'second',
		]);
		expect(items[0]?.json).toMatchObject({ path: 'day 1', size: 5, package: { id, name: 'Dailies' } });
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }]);
	});

	it('names a hundred of the files that were left out with each file, and first those that were not excluded', async () => {
		const many = Array.from({ length: 150 }, (_, index) => ({ name: `${index}.txt`, content: '' }));
		const infected = { name: 'bad.mov', content: 'x', virusDetected: true };
		const { id } = masv.sandbox.seedPackage({ files: [...many, infected, { name: 'a.mov', content: 'first' }] });
		const options = { include: '*.mov' };
		const [item] = await receive({ packageId: { mode: 'id', value: id }, saveTo: 'binary', options });
		const skipped = item?.json.skipped as unknown[];
		expect([skipped[0], skipped.length]).toEqual([{ path: 'bad.mov', reason: 'infected' }, 100]);
	});

	it('says with each file what the list of MD5s says about all of them', async () => {
		const list = { name: 'MD5SUMS', content: '8b04d5e3775d298e78455efc5ca404d5  a.mov\n' };
		const { id } = masv.sandbox.seedPackage({ files: [{ name: 'a.mov', content: 'first' }, list] });
		const parameters = { packageId: { mode: 'id', value: id }, saveTo: 'binary' };
		const items = await receive({ ...parameters, options: { checkMd5List: true, exclude: '*.zip' } });
		const check = expect.objectContaining({ verified: 1, failed: 0 }) as unknown;
		expect(items.map(({ json }) => [json.name, json.md5_check])).toEqual([
			['a.mov', check],
			['MD5SUMS', check],
		]);
		const [without] = await receive(parameters);
		expect(without?.json).not.toHaveProperty('md5_check');
	});

	it('says before the first download that a file is too large for the database of n8n', async () => {
		jest.replaceProperty(platform, 'binaryLimits', { read: 5, write: 5 });
		const error = await failureOf<NodeOperationError>(
			receive({ packageId: { mode: 'id', value: seed() }, saveTo: 'binary' }),
		);
		expect(error.message).toBe(
			'"b.txt" is 6 bytes; n8n keeps binary data in its database, where the limit is 5 bytes [Save To]',
		);
		expect(error.description).toContain('Set Save To to Folder on Disk, or the administrator');
		expect(masv.sandbox.requests.filter(({ step }) => step === 'getObject')).toEqual([]);
	});

	it('says what is wrong if n8n cannot store a file', async () => {
		const id = seed();
		const parameters = { packageId: { mode: 'id', value: id }, saveTo: 'binary', outputField: 'data' };
		const error = await failureOf<NodeOperationError>(
			receive(parameters, {
				prepareBinaryData: () => Promise.reject(new Error('ENOSPC: no space left on device')),
			}),
		);
		expect(error.message).toBe('"day 1/a.mov" could not be stored: ENOSPC: no space left on device');
	});

	it('creates the folder with all that is missing above it, and follows links above that', async () => {
		await mkdir(join(base, 'disk'));
		await symlink(join(base, 'disk'), join(base, 'link'));
		const folder = join(base, 'link', 'incoming', 'day 1');
		const allowed = [join(base, 'disk')];
		const [item] = await receive({ packageId: { mode: 'id', value: seed() }, folder }, { allowed });
		expect(item?.json.folder).toBe(join(base, 'disk', 'incoming', 'day 1', 'Dailies'));
	});

	it.each([
		['', /^Folder is empty$/],
		['incoming', /^"incoming" is not a full path on the machine \(or container\) n8n runs on \[Folder\]$/],
	])('refuses the folder %j', async (folder, message) => {
		const error = await failureOf<NodeOperationError>(receive({ packageId: { mode: 'id', value: 'P1' }, folder }));
		expect(error.message).toMatch(message);
		expect(masv.sandbox.requests).toEqual([]);
	});

	it('asks for one folder if there are two', async () => {
		const parameters = {
			packageId: { mode: 'id', value: seed() },
			folder: `${join(base, 'in')}\n${join(base, 'too')}`,
		};
		const error = await failureOf<NodeOperationError>(receive(parameters));
		expect(error.message).toBe('Folder contains more than one path');
		expect(masv.sandbox.requests).toEqual([]);
	});

	it('stops waiting for a disk that does not respond when the execution is stopped', async () => {
		const stop = new AbortController();
		const { apiKey, teamId, url } = masv.sandbox;
		const { n8n } = fakeN8n({
			credentials: { masvApi: { apiKey, teamId, baseUrl: url } },
			parameters: { operation: 'receive', resource: 'package', packageId: 'P1', folder: base },
			signal: stop.signal,
		});
		const disk = Promise.withResolvers<never>();
		n8n.helpers.resolvePath = async () => {
			stop.abort();
			return await disk.promise;
		};
		expect((await failureOf(new Masv().execute.call(n8n))).message).toBe('The operation was canceled');
		disk.reject(new Error('unmounted'));
	});

	it('writes only where n8n allows it', async () => {
		const id = seed();
		const error = await failureOf<NodeOperationError>(
			receive({ packageId: { mode: 'id', value: id } }, { allowed: [join(base, 'other')] }),
		);
		expect(error.message).toBe(`n8n does not allow workflows to write "${join(base, 'in')}" [Folder]`);
		expect(error.description).toContain('N8N_RESTRICT_FILE_ACCESS_TO');
		expect(masv.sandbox.requests).toEqual([]);
	});

	it('does not tell what is where n8n does not allow workflows to write', async () => {
		const file = join(base, 'config');
		await writeFile(file, 'a key');
		const parameters = { packageId: { mode: 'id', value: seed() }, folder: file };
		const error = await failureOf<NodeOperationError>(receive(parameters, { allowed: [join(base, 'other')] }));
		expect(error.message).toBe(`n8n does not allow workflows to write "${file}" [Folder]`);
	});

	it('says that the disk does not respond instead of looking at more of it', async () => {
		const folder = join(base, 'report.pdf');
		await writeFile(folder, 'a report');
		const stalled = new MasvTransferError('The disk does not respond', { code: 'file_write_stalled', file: folder });
		jest.spyOn(platform, 'openTarget').mockRejectedValue(stalled);
		const error = await failureOf<NodeOperationError>(receive({ packageId: { mode: 'id', value: seed() }, folder }));
		expect(error.message).toContain('The disk does not respond');
	});

	it.each(['a file', 'below a file'])('refuses a folder that is %s, and says so', async (kind) => {
		const file = join(base, 'report.pdf');
		await writeFile(file, 'a report');
		const folder = kind === 'a file' ? file : join(file, 'in');
		const error = await failureOf<NodeOperationError>(receive({ packageId: { mode: 'id', value: seed() }, folder }));
		expect(error.message).toBe(`"${file}" is a file, not a folder`);
		expect(error.description).toBe('Enter the path of a folder. It is created if it does not exist.');
	});

	it('advises where to write, not what to read or to move', async () => {
		const hintWith = async (more: FakeN8nOptions) =>
			(await failureOf<NodeOperationError>(receive({ packageId: { mode: 'id', value: seed() } }, more))).description;
		const { env } = process;
		const before = env.N8N_RESTRICT_FILE_ACCESS_TO;
		env.N8N_RESTRICT_FILE_ACCESS_TO = join(base, 'other');
		try {
			expect(await hintWith({ allowed: [join(base, 'other')] })).toMatch(
				`Workflows can write to "${join(base, 'other')}". Ask`,
			);
			env.N8N_RESTRICT_FILE_ACCESS_TO = base;
			expect(await hintWith({ allowed: [base], blocked: [join(base, 'in')] })).toMatch(/Enter another folder\.$/);
		} finally {
			if (before === undefined) delete env.N8N_RESTRICT_FILE_ACCESS_TO;
			else env.N8N_RESTRICT_FILE_ACCESS_TO = before;
		}
	});
});
