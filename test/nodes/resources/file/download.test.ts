import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NodeOperationError } from 'n8n-workflow';

import type { TargetFolder } from '../../../../masv/download/target';
import { createLink } from '../../../../masv/links';
import { platform } from '../../../../nodes/Masv/platform';
import { failureOf } from '../../../support/failureOf';
import type { FakeN8nOptions } from '../../../support/fakeN8n';
import { runMasv, useDataFolder } from '../../../support/masvNode';
import type { TestMasv } from '../../../support/testMasv';
import { startTestMasv } from '../../../support/testMasv';

useDataFolder();

const files = [
	{ name: 'a.mov', path: 'day 1', content: 'first' },
	{ name: 'a.mov', path: 'day 2', content: 'second' },
	{ name: 'notes, all.txt', content: 'third' },
	{ name: 'bad.exe', content: 'x', virusDetected: true },
];
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('Download', () => {
	let masv: TestMasv;
	let base: string;
	let id: string;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-download-')));
		id = masv.sandbox.seedPackage({ name: 'Dailies', files }).id;
		masv.sandbox.requests.length = 0;
	});
	afterEach(async () => {
		jest.restoreAllMocks();
		await rm(base, { recursive: true });
	});
	afterAll(async () => await masv.close());

	const count = (step: string): number => masv.sandbox.requests.filter((each) => each.step === step).length;
	const idOf = (name: string): string => masv.sandbox.files(id).find((file) => file.name === name)?.id ?? '';

	/** One item for each list of files. */
	const download = async (lists: Array<string | string[]>, parameters: object = {}, more: FakeN8nOptions = {}) => {
		const { apiKey, teamId, url } = masv.sandbox;
		return await runMasv({
			credentials: { masvApi: { apiKey, teamId, baseUrl: url } },
			items: lists.map(() => ({ json: {} })),
			parameters: lists.map((list) => ({
				resource: 'file',
				operation: 'download',
				packageId: { mode: 'id', value: id },
				files: list,
				saveTo: 'folder',
				folder: join(base, 'in'),
				outputField: 'data',
				options: {},
				transfer: { retryMinutes: 0 },
				...parameters,
			})),
			...more,
		});
	};

	it('saves one file to the folder of its package, and nothing else', async () => {
		const [item, ...none] = await download(['day 2/a.mov']);
		expect(none).toEqual([]);
		const location = join(base, 'in', 'Dailies', 'day 2', 'a.mov');
		expect(item).toEqual({
			json: {
				id: masv.sandbox.files(id)[1]?.id,
				name: 'a.mov',
				path: 'day 2',
				size: 6,
				location,
				md5: 'a9f0e61a137d86aa9db53465e0801612',
				verified: true,
				resumed_bytes: 0,
				retried_ranges: 0,
				duration_ms: expect.any(Number) as number,
				status: 'received',
				package: { id, name: 'Dailies' },
				warnings: [],
			},
			pairedItem: { item: 0 },
		});
		expect(await readFile(location, 'utf8')).toBe('second');
		expect(count('getObject')).toBe(1);
	});

	it('downloads what many items name in one go, each file once, with the items that name it', async () => {
		const items = await download([idOf('notes, all.txt'), 'a.mov', ['*.mov', 'notes, all.txt']]);
		expect(items.map(({ json, pairedItem }) => [json.path, json.name, json.status, pairedItem])).toEqual([
			['', 'notes, all.txt', 'received', [{ item: 0 }, { item: 2 }]],
			['day 1', 'a.mov', 'received', [{ item: 1 }, { item: 2 }]],
			['day 2', 'a.mov', 'received', [{ item: 1 }, { item: 2 }]],
		]);
		expect([count('getObject'), count('listFiles'), count('createLink'), count('disableLink')]).toEqual([3, 1, 1, 1]);
	});

	it('lets only the item fail whose file is too large for the database of n8n, if the workflow goes on', async () => {
		jest.replaceProperty(platform, 'binaryLimits', { read: 5, write: 5 });
		const parameters = { saveTo: 'binary' };
		const items = await download(['day 2/a.mov', 'notes, all.txt'], parameters, { continueOnFail: true });
		expect(items.map(({ json, pairedItem }) => [json.error ?? json.name, pairedItem])).toEqual([
			[expect.stringContaining('"day 2/a.mov" is 6 bytes') as string, { item: 0 }],
			['notes, all.txt', { item: 1 }],
		]);
	});

	it('downloads nothing if a file is too large for the database of n8n', async () => {
		jest.replaceProperty(platform, 'binaryLimits', { read: 5, write: 5 });
		const error = await failureOf(download(['notes, all.txt', 'day 2/a.mov'], { saveTo: 'binary' }));
		expect(error.message).toContain('"day 2/a.mov" is 6 bytes');
		expect(count('getObject')).toBe(0);
	});

	it('puts each file into a binary field of its item', async () => {
		const items = await download(['notes, all.txt\n*.mov'], { saveTo: 'binary', outputField: 'reel' });
		expect(items.map(({ json }) => [json.name, json.status, 'location' in json])).toEqual([
			['a.mov', 'received', false],
			['a.mov', 'received', false],
			['notes, all.txt', 'received', false],
		]);
		const contents = items.map(({ binary }) => Buffer.from(binary?.reel?.data ?? '', 'base64').toString());
		expect(contents).toEqual(['first', 'second', 'third']);
	});

	it('outputs a file that is there already, too, and moves nothing', async () => {
		await download(['*.mov']);
		await writeFile(join(base, 'in/Dailies/day 1/a.mov'), 'something else');
		masv.sandbox.requests.length = 0;
		const items = await download(['*.mov']);
		expect(items.map(({ json }) => [json.status, json.location])).toEqual([
			['differs', join(base, 'in/Dailies/day 1/a.mov')],
			['same', join(base, 'in/Dailies/day 2/a.mov')],
		]);
		expect([count('getObject'), count('createLink')]).toEqual([0, 0]);
	});

	it('does with names, and with files that are there, what its options say', async () => {
		id = masv.sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'take 10:30.mov', content: 'first' }] }).id;
		const path = join(base, 'in/Dailies/take 10_30.mov');
		const again = async (options: object) => {
			const [item] = await download(['take*'], { options: { namesForWindows: true, ...options } });
			return [item?.json.status, await readFile(path, 'utf8')];
		};
		expect(await again({})).toEqual(['received', 'first']);
		await writeFile(path, 'something else');
		expect(await again({})).toEqual(['differs', 'something else']);
		expect(await again({ ifExists: 'overwrite' })).toEqual(['received', 'first']);
	});

	it('shows that an infected file was left out, and receives it if that is wanted', async () => {
		expect((await download(['bad.exe']))[0]?.json).toMatchObject({
			name: 'bad.exe',
			status: 'infected',
			location: null,
		});
		const [item] = await download(['bad.exe'], { options: { alsoReceive: ['infected'] } });
		expect(item?.json).toMatchObject({ name: 'bad.exe', status: 'received' });
	});

	it('outputs nothing for a pattern that matches nothing', async () => {
		expect(await download(['*.wav'])).toEqual([]);
		expect([count('getObject'), count('createLink')]).toEqual([0, 0]);
	});

	it('fails for a file that the package does not contain, before anything is received', async () => {
		const error = await failureOf<NodeOperationError>(download(['a.mov', 'day 1']));
		expect(error.message).toBe('The package contains no file "day 1" [Files]');
		expect(error.description).toContain('add a slash');
		expect([count('getObject'), count('createLink')]).toEqual([0, 0]);
	});

	it('says how to enter several files if there are commas between them', async () => {
		const error = await failureOf<NodeOperationError>(download(['a.mov, b.mov']));
		expect(error.message).toBe('The package contains no file "a.mov, b.mov" [Files]');
		expect(error.description).toMatch(/Enter one file per line\.$/);
	});

	it('says which item has named such a file', async () => {
		const error = await failureOf<NodeOperationError>(download(['a.mov', '*', 'b.mov']));
		expect(error.context.itemIndex).toBe(2);
	});

	it('says which item has named a file that fails, and how many others were received', async () => {
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, skip: 1, times: 1 });
		const transfer = { retryMinutes: 0, parallelParts: 1 };
		const error = await failureOf<NodeOperationError>(download(['day 1/a.mov', 'day 2/a.mov'], { transfer }));
		fault.remove();
		const failed = /day (\d)/.exec(error.message)?.[1];
		expect(error.context.itemIndex).toBe(Number(failed) - 1);
		expect(error.description).toContain('1 of 2 files were received.');
	});

	it('lets only the item fail that names such a file, if the workflow goes on', async () => {
		const items = await download(['a.mov\nb.mov', 'notes, all.txt'], {}, { continueOnFail: true });
		expect(items.map(({ json, pairedItem }) => [json.error ?? json.name, pairedItem])).toEqual([
			['The package contains no file "b.mov" [Files]', { item: 0 }],
			['notes, all.txt', { item: 1 }],
		]);
	});

	it('outputs the others if a file fails and the workflow goes on', async () => {
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, times: 1 });
		const transfer = { retryMinutes: 0, parallelParts: 1 };
		const items = await download(['notes, all.txt', 'day 1/a.mov'], { transfer }, { continueOnFail: true });
		fault.remove();
		const failed = items.filter(({ json }) => 'error' in json);
		expect([items.length, failed.length]).toEqual([2, 1]);
		expect(failed[0]?.json.details).toMatchObject({ code: 'content_not_received' });
		expect(masv.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});

	/** What is made of the folders that files were received into, in their stead. */
	const syncFolders = (
		sync: (folder: TargetFolder, folders: Parameters<TargetFolder['sync']>[0]) => Promise<void>,
	): void => {
		const seen = (folder: TargetFolder): TargetFolder => ({
			...folder,
			claim: async (names, packageId) => {
				const claimed = await folder.claim(names, packageId);
				return claimed && seen(claimed);
			},
			sync: async (folders) => await sync(folder, folders),
		});
		const openTarget = platform.openTarget.bind(platform);
		jest.spyOn(platform, 'openTarget').mockImplementation(async (...args) => seen(await openTarget(...args)));
	};

	it('makes the others outlive a power failure if a file fails and the workflow goes on', async () => {
		const synced: string[] = [];
		syncFolders(async (folder, folders) => {
			synced.push(...folders.map((names) => names.join('/')));
			await folder.sync(folders);
		});
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, times: 1 });
		const transfer = { retryMinutes: 0, parallelParts: 1 };
		const items = await download(['day 1/a.mov', 'day 2/a.mov'], { transfer }, { continueOnFail: true });
		fault.remove();
		expect(items.filter(({ json }) => json.status === 'received')).toHaveLength(1);
		expect(synced.sort()).toEqual(['', 'day 1', 'day 2']);
	});

	it('says why a file failed, not that its disk, which is gone, cannot be flushed either', async () => {
		syncFolders(() => Promise.reject(new Error('flush')));
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, times: 1 });
		const error = await failureOf(download(['day 1/a.mov'], { transfer: { retryMinutes: 0 } }));
		fault.remove();
		expect(error.message).toContain('a.mov');
		await expect(download(['day 1/a.mov'], {})).rejects.toThrow('flush');
	});

	it('downloads from a link, without an account, and keeps its secret', async () => {
		const { id: linkId, download_secret: secret = '' } = await createLink(masv.client(), id, { password: 'pä ss' });
		masv.sandbox.requests.length = 0;
		const linkUrl = `https://masv.post.example/${linkId}?secret=${secret}`;
		const options = { server: masv.sandbox.url, linkPassword: 'pä ss' };
		const [item] = await download(['day 1/'], { authentication: 'none', linkUrl, options }, { credentials: {} });
		expect(item?.json).toMatchObject({ package: { id }, name: 'a.mov', size: 5, status: 'received' });
		expect(JSON.stringify(item)).not.toContain(secret);
		expect(masv.sandbox.requests.filter(({ headers }) => 'x-api-key' in headers)).toEqual([]);
		expect(count('getLink')).toBe(1);
	});

	it('saves each of several links as its item says', async () => {
		const linkTo = async (name: string): Promise<string> => {
			const seeded = masv.sandbox.seedPackage({ name, files: [{ name: 'a.mov', content: name }] });
			const { id: linkId, download_secret: secret = '' } = await createLink(masv.client(), seeded.id, {});
			return `https://masv.post.example/${linkId}?secret=${secret}`;
		};
		const shared = { resource: 'file', operation: 'download', authentication: 'none', files: '*.mov', transfer: {} };
		const more = { ...shared, folder: join(base, 'in'), options: { server: masv.sandbox.url } };
		const parameters = [
			{ ...more, linkUrl: await linkTo('one'), saveTo: 'folder' },
			{ ...more, linkUrl: await linkTo('two'), saveTo: 'binary', outputField: 'reel' },
		];
		const [first, second] = await download(['', ''], {}, { parameters, credentials: {} });
		expect(first?.json).toMatchObject({ location: join(base, 'in', 'one', 'a.mov') });
		expect(Buffer.from(second?.binary?.reel?.data ?? '', 'base64').toString()).toBe('two');
	});

	it('refuses different targets for the files of one package', async () => {
		const error = await failureOf<NodeOperationError>(
			download(
				['a.mov', 'notes, all.txt'],
				{},
				{
					parameters: ['folder', 'binary'].map((saveTo) => ({
						...{ resource: 'file', operation: 'download', packageId: id, files: '*', options: {}, transfer: {} },
						...{ saveTo, folder: base, outputField: 'data' },
					})),
				},
			),
		);
		expect(error.message).toContain('Save To is not the same for all items');
	});
});
