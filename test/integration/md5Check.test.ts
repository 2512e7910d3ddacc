import { createHash } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ReceiveResult } from '../../masv/download/receivePackage';
import type { StreamRequest } from '../../masv/download/receiveStreams';
import { receiveStreams } from '../../masv/download/receiveStreams';
import type { TargetFolder } from '../../masv/download/target';
import { noRetry } from '../../masv/retry';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SeededFile } from '../../sandbox/start';
import { instantClock } from '../support/instantClock';
import type { DiskRequest } from '../support/receiveToDisk';
import { receiveToDisk } from '../support/receiveToDisk';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const reel = patternBytes(10 * mebibyte + 77, 3);
const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex');
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('files that are received with a list of MD5s', () => {
	let masv: TestMasv;
	let base: string;
	/** How often a file was opened to be read back. */
	let opened: string[];
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-')));
		opened = [];
	});
	afterEach(async () => await rm(base, { recursive: true }));
	afterAll(async () => await masv.close());

	/** A folder that tells what is read of it. */
	const watched = (folder: TargetFolder): TargetFolder => ({
		...folder,
		openFile: async (place) => {
			opened.push(place.name);
			return await folder.openFile(place);
		},
		claim: async (names, id) => {
			const claimed = await folder.claim(names, id);
			return claimed && watched(claimed);
		},
	});
	const receive = async (packageId: string, more: DiskRequest = {}, client = masv.client()): Promise<ReceiveResult> => {
		const shared = { packageId, seenAs: watched, policy: noRetry, checkMd5: true };
		return await receiveToDisk(client, base, { ...shared, ...more });
	};
	const seed = (files: SeededFile[]): string => masv.sandbox.seedPackage({ name: 'Dailies', files }).id;
	const card = (list: string): SeededFile[] => [
		{ name: 'A001.mov', path: 'CARD/CLIPS', content: reel, partBytes: 5 * mebibyte },
		{ name: 'notes.txt', content: 'first' },
		{ name: 'empty', path: 'CARD', content: '' },
		{ name: 'MD5SUMS', content: list },
	];
	const good = `${md5(reel)}  CARD/CLIPS/A001.mov\n${md5('')}  CARD/empty\n${md5('first')}  notes.txt\n`;

	it('are verified, and those whose MD5 was computed on arrival are not read again', async () => {
		const { md5_check: check, warnings } = await receive(seed(card(good)));
		expect(check).toMatchObject({
			lists: ['MD5SUMS'],
			verified: 3,
			failed: 0,
			missing: 0,
			unlisted: 0,
			unknown_lines: 0,
		});
		expect(warnings).toEqual([]);
		expect(opened.filter((name) => name !== 'empty')).toEqual(['MD5SUMS', 'A001.mov']);
	});

	it('are as they were sent by the same package, whatever their names', async () => {
		const names = ['Größe 映画 🎬', ' blank ', '*star', '#hash', '-c'];
		const sent = await sendPackage(masv.client(), {
			target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
			sources: [rangeOf('a.mov', reel, 'day 1'), ...names.map((name) => rangeOf(name, Buffer.from(name)))],
			md5List: 'MD5SUMS',
			unfinished: 'keep',
		});
		const { md5_check: check } = await receive(sent.package.id);
		expect(check).toMatchObject({ verified: 6, failed: 0, missing: 0, unlisted: 0 });
	});

	it('are found if their sender has called the top folder a point', async () => {
		const files = [
			{ name: 'MD5SUMS', path: '.', content: `${md5('first')}  ./a.mov\n${md5('second')}  CARD/b.mov\n` },
			{ name: 'a.mov', path: './', content: 'first' },
			{ name: 'b.mov', path: 'CARD', content: 'second' },
		];
		const { md5_check: check } = await receive(seed(files));
		expect(check).toMatchObject({ lists: ['MD5SUMS'], verified: 2, missing: 0, unlisted: 0 });
	});

	it('that differ, are missing or not listed are told apart, and nothing is deleted', async () => {
		const list = `${md5('other')}  CARD/CLIPS/A001.mov\n${md5('x')}  gone.mov\n${md5('first')}  notes.txt\nSHA1 (x) = 00\n`;
		const { md5_check: check, warnings, folder } = await receive(seed(card(list)));
		expect(check).toEqual({
			...{ lists: ['MD5SUMS'], verified: 1, failed: 1, missing: 1, unlisted: 1, not_received: 0, unknown_lines: 1 },
			failed_files: [{ path: 'CARD/CLIPS/A001.mov', listed_md5: md5('other'), md5: md5(reel) }],
			missing_files: ['gone.mov'],
			unlisted_files: ['CARD/empty'],
		});
		expect(warnings).toEqual([
			expect.stringMatching(/"CARD\/CLIPS\/A001.mov".*Nothing was deleted/),
			expect.stringContaining('"gone.mov"'),
			expect.stringMatching(/: 1\.$/),
		]);
		expect((await stat(join(folder, 'CARD/CLIPS/A001.mov'))).size).toBe(reel.length);
	});

	it('that are there already are read, also if their content has changed since', async () => {
		const id = seed(card(good));
		const { folder } = await receive(id, { checkMd5: false });
		expect(opened).toEqual([]);
		expect((await receive(id)).md5_check).toMatchObject({ verified: 3 });
		await writeFile(join(folder, 'notes.txt'), 'FIRST');
		expect((await receive(id)).md5_check).toMatchObject({ verified: 2, failed_files: [{ path: 'notes.txt' }] });
		expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('FIRST');
	});

	it('are compared with hostile lists without opening anything else', async () => {
		const list = [
			`${md5('first')}  ../../../etc/passwd`,
			`${md5('first')}  /etc/passwd`,
			`${md5('first')}  MD5SUMS`,
			`${md5('first')} *notes.txt\r`,
			`${md5('other')}  notes.txt`,
			`MD5 (CARD/empty) = ${md5('').toUpperCase()}`,
		];
		const { md5_check: check } = await receive(seed(card(`\uFEFF${list.join('\n')}`)));
		expect(check).toMatchObject({ verified: 1, failed: 1, missing: 2, unlisted: 1 });
		expect(check?.failed_files).toEqual([{ path: 'notes.txt', listed_md5: md5('other'), md5: md5('first') }]);
	});

	it('are compared with a long list in turns with the other work of the process, and long names are cut, or not understood', async () => {
		const clock = instantClock();
		const long = 'x'.repeat(9_900);
		const gone = Array.from({ length: 4_999 }, (_, index) => `${md5('gone')}  gone/${index}\n`).join('');
		const id = seed([
			{ name: 'a.mov', content: 'a' },
			{ name: 'MD5SUMS', content: `${md5('a')}  a.mov\n${md5('a')}  ${long}\n${md5('a')}  ${long}${long}\n${gone}` },
		]);
		const { md5_check: check, warnings } = await receive(id, {}, masv.client({ clock }));
		expect(check).toMatchObject({ verified: 1, missing: 5_000, unknown_lines: 1 });
		expect(check?.missing_files).toHaveLength(1_000);
		expect(check?.missing_files[0]).toHaveLength(4_097);
		expect(warnings.map((text) => text.length)).toEqual([expect.closeTo(300, -2), expect.any(Number)]);
		// Five times while the list is read, and five times while it is compared.
		expect(clock.slept.filter((ms) => ms === 0)).toHaveLength(10);
	});

	describe('to streams', () => {
		const receiveToStreams = async (packageId: string, more: Partial<StreamRequest<string>> = {}) =>
			await receiveStreams(masv.client(), {
				source: { kind: 'package', packageId },
				...{ archives: false, infected: false, isWanted: () => true, policy: noRetry, checkMd5: true },
				consume: async (_, pieces) => {
					const content: Uint8Array[] = [];
					for await (const piece of pieces) content.push(Buffer.from(piece));
					return md5(Buffer.concat(content));
				},
				...more,
			});

		it('are verified while they are read, of several parts too', async () => {
			const { files, md5_check: check, warnings } = await receiveToStreams(seed(card(good)));
			expect(check).toMatchObject({ lists: ['MD5SUMS'], verified: 3, failed: 0, missing: 0, unlisted: 0 });
			expect(files.map(({ content }) => content)).toEqual([reel, 'first', '', good].map(md5));
			expect(warnings).toEqual([]);
			expect(await receiveToStreams(seed(card(good)), { checkMd5: false })).not.toHaveProperty('md5_check');
		});

		it('that differ, are missing, not listed or not asked for are told apart, with the first names', async () => {
			const gone = Array.from({ length: 101 }, (_, index) => `${md5('gone')}  gone/${index}\n`).join('');
			const list = `${md5('other')}  CARD/CLIPS/A001.mov\n${md5('first')}  notes.txt\n${gone}`;
			const isWanted: DiskRequest['isWanted'] = ({ name }) => name !== 'notes.txt';
			const { md5_check: check, warnings } = await receiveToStreams(seed(card(list)), { isWanted });
			expect(check).toMatchObject({
				...{ verified: 0, failed: 1, missing: 101, unlisted: 1, not_received: 1 },
				failed_files: [{ path: 'CARD/CLIPS/A001.mov', listed_md5: md5('other'), md5: md5(reel) }],
			});
			expect(check?.missing_files).toHaveLength(100);
			expect(warnings).toEqual([expect.stringContaining('"CARD/CLIPS/A001.mov"'), expect.stringContaining('98 more')]);
		});
	});

	it('that were not asked for are neither missing nor unlisted', async () => {
		const isWanted: DiskRequest['isWanted'] = ({ name }) => name !== 'A001.mov';
		const { md5_check: check } = await receive(seed(card(good)), { isWanted });
		expect(check).toMatchObject({ verified: 2, missing: 0, unlisted: 0, not_received: 1 });
	});

	it('without a list are said not to be checked', async () => {
		const received = await receive(seed([{ name: 'a.mov', content: 'a' }]));
		expect(received.md5_check).toMatchObject({ lists: [], verified: 0, unlisted: 1 });
		expect(received.warnings).toEqual([expect.stringContaining('no list of MD5s')]);
	});

	it('are checked against the lists of their folders', async () => {
		const files = [
			{ name: 'a.mov', path: 'day 1', content: 'a' },
			{ name: 'b.mov', path: 'day 2', content: 'b' },
			{ name: 'day.md5', path: 'day 1', content: `${md5('a')}  a.mov\n` },
			{ name: 'day.md5', path: 'day 2', content: `${md5('a')}  b.mov\n` },
		];
		expect((await receive(seed(files))).md5_check).toMatchObject({
			lists: ['day 1/day.md5', 'day 2/day.md5'],
			...{ verified: 1, failed: 1, unlisted: 0 },
		});
	});
});
