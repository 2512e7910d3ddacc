import { mkdtemp, readdir, readFile, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import type { ReceiveRequest, ReceiveResult } from '../../masv/download/receivePackage';
import type { TargetFolder } from '../../masv/download/target';
import type { MasvError } from '../../masv/errors';
import { createLink } from '../../masv/links';
import { folderLeases } from '../../masv/node/folderLeases';
import { systemClock } from '../../masv/node/systemClock';
import { noRetry } from '../../masv/retry';
import type { Leases } from '../../masv/transfer/lease';
import type { SeededFile } from '../../sandbox/start';
import { failureOf } from '../support/failureOf';
import type { DiskRequest } from '../support/receiveToDisk';
import { receiveToDisk } from '../support/receiveToDisk';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const mebibyte = 1024 * 1024;
const modified = '2026-01-02T03:04:05.000Z';
const reel = patternBytes(10 * mebibyte + 77, 3);
const card: SeededFile[] = [
	{ name: 'A001.mov', path: 'CARD/CLIPS', content: reel, lastModified: modified },
	{ name: 'notes.txt', content: 'first' },
	{ name: 'empty', path: 'CARD', content: '' },
	{ name: 'AUDIO', path: 'CARD', content: '', kind: 'directory' },
];
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a package that is received', () => {
	let masv: TestMasv;
	let base: string;
	let notes: string;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-')));
		notes = await mkdtemp(join(tmpdir(), 'masv-notes-'));
		masv.sandbox.requests.length = 0;
	});
	afterEach(async () => {
		await rm(base, { recursive: true });
		await rm(notes, { recursive: true });
	});
	afterAll(async () => await masv.close());

	const count = (step: string): number => masv.sandbox.requests.filter((each) => each.step === step).length;
	const seed = (files = card, more = {}): string => masv.sandbox.seedPackage({ name: 'Dailies', files, ...more }).id;
	const activeLinks = (id: string) => masv.sandbox.links(id).filter(({ active }) => active);

	const receive = async (
		source: ReceiveRequest['source'],
		more: DiskRequest = {},
		client = masv.client(),
	): Promise<ReceiveResult> => await receiveToDisk(client, base, { source, notes, policy: noRetry, ...more });
	const own = (packageId: string) => ({ kind: 'package', packageId }) as const;

	/** Of the lines that are left for the next run. */
	async function notedKinds(): Promise<string[]> {
		const records = (await readdir(notes)).filter((name) => name.endsWith('.jsonl'));
		const texts = await Promise.all(records.map(async (name) => await readFile(join(notes, name), 'utf8')));
		return texts.flatMap((text) =>
			text
				.split('\n')
				.filter((line) => line !== '')
				.map((line) => (JSON.parse(line) as { kind: string }).kind),
		);
	}

	/** Paths below the folder, with the number of bytes of files. */
	async function tree(): Promise<string[]> {
		const entries = await readdir(base, { recursive: true, withFileTypes: true });
		const paths = entries.map(async (entry) => {
			const path = join(entry.parentPath, entry.name);
			return `${relative(base, path)}${entry.isDirectory() ? '/' : ` ${(await stat(path)).size}`}`;
		});
		return (await Promise.all(paths)).filter((path) => !path.includes('.masv-package')).sort();
	}

	it('is refused if its files were deleted, before a folder is created', async () => {
		const id = seed();
		await masv.sandbox.expirePackage(id);
		const message = `Package ${id} is expired. Only finalized packages can be received`;
		const refusal = { code: 'package_state_wrong', field: 'package', message, hint: 'Its files are deleted.' };
		expect(await failureOf(receive(own(id)))).toMatchObject(refusal);
		expect(await tree()).toEqual([]);
	});

	it('is refused while it is being uploaded: what is listed then is not all of it', async () => {
		const id = seed([], { state: 'new' });
		const message = `Package ${id} is new. Only finalized packages can be received`;
		expect(await failureOf(receive(own(id)))).toMatchObject({ code: 'package_state_wrong', message });
		expect(await tree()).toEqual([]);
	});

	it('has its tree, times and empty folders on disk', async () => {
		const id = seed();
		const received = await receive(own(id));
		expect(received).toMatchObject({
			package: { id, name: 'Dailies' },
			folder: join(base, 'Dailies'),
			bytes: reel.length + 5,
			// MASV generates them.
			skipped: [
				{ path: 'windows.zip', reason: 'archive' },
				{ path: 'mac.zip', reason: 'archive' },
			],
			renamed: [],
			warnings: [],
		});
		expect(await tree()).toEqual([
			'Dailies/',
			'Dailies/CARD/',
			'Dailies/CARD/AUDIO/',
			'Dailies/CARD/CLIPS/',
			`Dailies/CARD/CLIPS/A001.mov ${reel.length}`,
			'Dailies/CARD/empty 0',
			'Dailies/notes.txt 5',
		]);
		const path = join(base, 'Dailies/CARD/CLIPS/A001.mov');
		expect((await readFile(path)).equals(reel)).toBe(true);
		expect((await stat(path)).mtime.toISOString()).toBe(modified);
	});

	it('has names for Windows that the disk of this machine allows, too', async () => {
		const id = seed(
			[
				{ name: `${'Ü'.repeat(200)}.mov`, content: 'first' },
				{ name: 'a:b', content: 'second' },
			],
			{},
		);
		expect((await receive(own(id), { namesForWindows: true })).renamed).toHaveLength(2);
		expect(await tree()).toEqual(['Dailies/', 'Dailies/a_b 6', expect.stringMatching(/\/Ü+\.mov 5$/)]);
	});

	it('does not go into a folder that another package got while the run was waiting', async () => {
		const id = seed();
		const leases = folderLeases(notes, systemClock);
		const waiting: Leases = {
			take: async (key, options) => {
				await writeFile(join(base, 'Dailies', '.masv-package'), JSON.stringify({ package: 'another' }));
				return await leases.take(key, options);
			},
		};
		const failure = await failureOf(receive(own(id), { leases: waiting }));
		expect(failure).toMatchObject({ code: 'folder_taken', message: expect.stringContaining('Dailies') as unknown });
		expect(await tree()).toEqual([`Dailies (${id})/`, 'Dailies/']);
		expect((await receive(own(id))).folder).toBe(join(base, `Dailies (${id})`));
	});

	it('is not received again, and needs no link then', async () => {
		const id = seed();
		await receive(own(id));
		expect([count('createLink'), activeLinks(id)]).toEqual([1, []]);
		masv.sandbox.requests.length = 0;
		const again = await receive(own(id));
		expect(again).toMatchObject({ bytes: 0, files: [] });
		expect(again.skipped.filter(({ reason }) => reason === 'same')).toHaveLength(3);
		expect([count('getObject'), count('downloadFile'), count('createLink')]).toEqual([0, 0, 0]);
		expect(new Set(await notedKinds())).toEqual(new Set(['whole']));
	});

	it('is compared with its checksum once somebody has touched a file', async () => {
		const id = seed();
		await receive(own(id));
		const path = (name: string) => join(base, 'Dailies', name);
		const reasons = async () => {
			const { skipped } = await receive(own(id));
			return skipped.flatMap((each) => (each.reason === 'archive' ? [] : [`${each.path} ${each.reason}`])).sort();
		};
		const allSame = ['CARD/CLIPS/A001.mov same', 'CARD/empty same', 'notes.txt same'];
		expect(await reasons()).toEqual(allSame);
		await writeFile(path('CARD/CLIPS/A001.mov'), reel);
		await writeFile(path('notes.txt'), 'first');
		expect(await reasons()).toEqual(allSame);
		const damaged = Buffer.from(reel);
		damaged[reel.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
		await writeFile(path('CARD/CLIPS/A001.mov'), damaged);
		await utimes(path('CARD/CLIPS/A001.mov'), new Date(modified), new Date(modified));
		await writeFile(path('notes.txt'), 'FIRST');
		const expected = ['CARD/CLIPS/A001.mov differs', 'CARD/empty same', 'notes.txt differs'];
		expect([await reasons(), await reasons()]).toEqual([expected, expected]);
		expect(await readFile(path('notes.txt'), 'utf8')).toBe('FIRST');
		await rm(notes, { recursive: true });
		expect(await reasons()).toEqual(allSame);
	});

	it('leaves what is noted of a file to the run that receives it', async () => {
		const id = seed();
		const options = { rangeBytes: mebibyte, parallelRanges: 1 };
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, skip: 4, times: Infinity });
		await failureOf(receive(own(id), options));
		fault.remove();
		const only = (wanted: string) => ({ ...options, isWanted: ({ name }: { name: string }) => name === wanted });
		await receive(own(id), only('notes.txt'));
		const { files } = await receive(own(id), only('A001.mov'));
		expect(files).toMatchObject([{ name: 'A001.mov', resumed_bytes: expect.any(Number) as number }]);
		expect(files[0]?.resumed_bytes).toBeGreaterThanOrEqual(mebibyte);
		expect(new Set(await notedKinds())).toEqual(new Set(['whole']));
	});

	it('never mixes with another one of the same name', async () => {
		const [first, second] = [patternBytes(1000, 1), patternBytes(1000, 2)].map((content) =>
			seed([{ name: 'A001.mov', content }]),
		) as [string, string];
		await receive(own(first));
		const { folder } = await receive(own(second));
		expect(folder).toBe(join(base, `Dailies (${second})`));
		expect((await readFile(join(base, 'Dailies', 'A001.mov'))).equals(patternBytes(1000, 1))).toBe(true);
		expect((await readFile(join(folder, 'A001.mov'))).equals(patternBytes(1000, 2))).toBe(true);
		expect((await receive(own(first))).folder).toBe(join(base, 'Dailies'));
	});

	it('leaves a file that differs as it is, and says so', async () => {
		const id = seed();
		await receive(own(id));
		await writeFile(join(base, 'Dailies', 'notes.txt'), 'my own notes');
		expect((await receive(own(id))).skipped).toContainEqual({ path: 'notes.txt', reason: 'differs' });
		expect(await readFile(join(base, 'Dailies', 'notes.txt'), 'utf8')).toBe('my own notes');
	});

	it('can be opened with a link, without an account', async () => {
		const id = seed();
		const { id: linkId, download_secret: secret = '' } = await createLink(masv.client(), id, { password: 'pw' });
		masv.sandbox.requests.length = 0;
		const anyone = masv.client({ apiKey: undefined, teamId: undefined, secret });
		const link = { linkId, secret, password: 'pw' };
		const received = await receive({ kind: 'link', link }, {}, anyone);
		expect(received).toMatchObject({ package: { id, name: 'Dailies' }, bytes: reel.length + 5 });
		expect([count('getLink'), count('createLink')]).toEqual([1, 0]);
		expect(JSON.stringify(received)).not.toContain(secret);
	});

	it('is continued where a run that failed has ended, and the other files are there', async () => {
		const id = seed();
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'status', status: 400, skip: 4, times: Infinity });
		const options = { rangeBytes: mebibyte, parallelRanges: 1 };
		const error = await failureOf<MasvError>(receive(own(id), options));
		fault.remove();
		expect(error.hint).toMatch(/2 of 3 files were received\. Run this again/);
		expect(await tree()).toContain('Dailies/notes.txt 5');
		expect(await tree()).not.toContain(`Dailies/CARD/CLIPS/A001.mov ${reel.length}`);
		expect(activeLinks(id)).toEqual([]);
		const again = await receive(own(id), options);
		expect(again.files).toMatchObject([{ name: 'A001.mov', resumed_bytes: expect.any(Number) as number }]);
		expect(again.files[0]?.resumed_bytes).toBeGreaterThanOrEqual(mebibyte);
		expect((await readFile(join(base, 'Dailies/CARD/CLIPS/A001.mov'))).equals(reel)).toBe(true);
	});

	it('leaves nothing to be continued of a file that arrived damaged, also for a run that verifies nothing', async () => {
		const id = seed([{ name: 'A001.mov', content: reel.subarray(0, mebibyte) }]);
		const fault = masv.sandbox.inject({ step: 'getObject', kind: 'damage', times: Infinity });
		const once = { verifyContent: 'always', parallelRanges: 1 } as const;
		expect(await failureOf(receive(own(id), once))).toMatchObject({ code: 'content_damaged' });
		fault.remove();
		expect(await tree()).toEqual(['Dailies/']);
		const { files } = await receive(own(id), { verifyContent: 'never' });
		expect(files).toMatchObject([{ resumed_bytes: 0 }]);
		expect((await readFile(join(base, 'Dailies/A001.mov'))).equals(reel.subarray(0, mebibyte))).toBe(true);
	});

	it('is there after a power failure once it is reported, also if an earlier run has received it', async () => {
		const id = seed();
		const synced: string[] = [];
		const seenAs = (folder: TargetFolder): TargetFolder => ({
			...folder,
			claim: async (names, packageId) => {
				const claimed = await folder.claim(names, packageId);
				return claimed && seenAs(claimed);
			},
			sync: async (folders) => {
				synced.push(...folders.map((names) => names.join('/')));
				await folder.sync(folders);
			},
		});
		for (let run = 0; run < 2; run++) {
			await receive(own(id), { seenAs });
			expect(synced.splice(0).sort()).toEqual(['', 'CARD', 'CARD/AUDIO', 'CARD/CLIPS']);
		}
	});

	it('leaves infected files out unless they are wanted', async () => {
		const id = seed([
			{ name: 'bad.exe', content: 'x', virusDetected: true },
			{ name: 'good.txt', content: 'y' },
		]);
		expect(await receive(own(id))).toMatchObject({
			skipped: expect.arrayContaining([{ path: 'bad.exe', reason: 'infected' }]) as unknown,
			files: [{ name: 'good.txt' }],
		});
		expect((await receive(own(id), { infected: true })).files).toMatchObject([{ name: 'bad.exe' }]);
	});

	it('keeps the note of a link that cannot be disabled, and the next run disables it', async () => {
		const id = seed();
		const fault = masv.sandbox.inject({ step: 'disableLink', kind: 'status', status: 403, times: Infinity });
		const first = await receive(own(id));
		fault.remove();
		expect(first.warnings).toEqual([expect.stringMatching(/^The direct link .* could not be disabled/)]);
		expect(activeLinks(id)).toHaveLength(1);
		await receive(own(id));
		expect(activeLinks(id)).toEqual([]);
	});
});
