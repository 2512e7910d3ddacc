import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ListedEntry } from '../../../masv/download/entryTree';
import { toLocalNames } from '../../../masv/download/localNames';
import type { NameRules } from '../../../masv/download/nameRules';
import { alsoForWindows, foldName, nameRules } from '../../../masv/download/nameRules';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { instantClock } from '../../support/instantClock';
import { randomOf } from '../../support/random';
import { hostileNames } from './hostileNames';

const { linux, macos, windows } = nameRules;
const allRules: Array<[string, NameRules]> = [
	['Linux', linux],
	['macOS', macos],
	['Windows', windows],
	['Linux, also for Windows', alsoForWindows(linux)],
];

const platform = { hashing: nodeHashing, clock: instantClock() };

/** Entries with IDs in the order of the list; a path that ends with a slash is that of a directory. */
function entriesOf(...labels: string[]): ListedEntry[] {
	return labels.map((label, index) => {
		const parts = label.replace(/\/$/, '').split('/');
		const name = parts.pop() ?? '';
		return { id: `ID${index + 1}`, kind: label.endsWith('/') ? 'directory' : 'file', path: parts.join('/'), name };
	});
}

/** The place of each file, by ID. */
async function placesOf(
	entries: ListedEntry[],
	rules: NameRules,
	reserved?: string[],
): Promise<Record<string, string>> {
	const { files } = await toLocalNames(entries, { rules, ...platform }, reserved);
	return Object.fromEntries(files.map(({ entry, folders, name }) => [entry.id, [...folders, name].join('/')]));
}

function shuffled<T>(all: readonly T[], seed: number): T[] {
	const random = randomOf(seed);
	return all
		.map((each) => [random(0, 1e9), each] as const)
		.sort(([a], [b]) => a - b)
		.map(([, each]) => each);
}

test('entries keep their names and folders, whatever slashes are around the path', async () => {
	const entries: ListedEntry[] = [
		{ id: 'F1', kind: 'file', path: '/day 1/camera A', name: 'A001.mov' },
		{ id: 'F2', kind: 'file', path: 'day 1//./camera A/', name: 'A002.mov' },
		{ id: 'F3', kind: 'file', path: '', name: 'notes.txt' },
		{ id: 'F4', kind: 'file', path: 'day 1\\camera A', name: 'A003.mov' },
		{ id: 'D1', kind: 'directory', path: '/day 2', name: 'empty' },
	];
	const { files, directories, changed } = await toLocalNames(entries, { rules: linux, ...platform });
	expect(Object.fromEntries(files.map(({ entry, folders, name }) => [entry.id, [...folders, name].join('/')]))).toEqual(
		{
			F1: 'day 1/camera A/A001.mov',
			F2: 'day 1/camera A/A002.mov',
			F3: 'notes.txt',
			F4: 'day 1/camera A/A003.mov',
		},
	);
	expect([directories, changed]).toEqual([[{ entry: entries[4], folders: ['day 2', 'empty'] }], []]);
});

test('what was changed is listed once, with the folder in which it is', async () => {
	const entries = entriesOf('a/../b?/one', 'a/../b?/two', 'a/../b?/..');
	expect((await toLocalNames(entries, { rules: windows, ...platform })).changed).toEqual([
		{ from: 'a/..', to: 'a/__' },
		{ from: 'a/../b?', to: 'a/__/b_' },
		{ from: 'a/../b?/..', to: 'a/__/b_/__' },
	]);
});

describe('names that fall together', () => {
	it.each<[string, NameRules, string[], Record<string, string>]>([
		[
			'after cleaning: the one that needs no change keeps its name',
			windows,
			['a?', 'a_', 'a*'],
			{ ID1: 'a_ (ID1)', ID2: 'a_', ID3: 'a_ (ID3)' },
		],
		[
			'twice the same: the smaller ID keeps it',
			linux,
			['a.mov', 'a.mov', 'a.mov'],
			{ ID1: 'a.mov', ID2: 'a (ID2).mov', ID3: 'a (ID3).mov' },
		],
		['in upper and lower case, on Windows', windows, ['A.mov', 'a.MOV'], { ID1: 'A.mov', ID2: 'a (ID2).MOV' }],
		['in upper and lower case, but not on Linux', linux, ['A.mov', 'a.MOV'], { ID1: 'A.mov', ID2: 'a.MOV' }],
		[
			'with other rules for upper case',
			macos,
			['straße', 'STRASSE', 'ΣΑΣ', 'σας'],
			{ ID1: 'straße', ID2: 'STRASSE (ID2)', ID3: 'ΣΑΣ', ID4: 'σας (ID4)' },
		],
		[
			'in how accents are encoded, on macOS',
			macos,
			['\u00e9', 'e\u0301', 'E\u0301'],
			{ ID1: '\u00e9', ID2: 'e\u0301 (ID2)', ID3: 'E\u0301 (ID3)' },
		],
		[
			'in how accents are encoded, but not on Windows',
			windows,
			['\u00e9', 'e\u0301'],
			{ ID1: '\u00e9', ID2: 'e\u0301' },
		],
		['in invisible characters, on macOS', macos, ['.git', '.g\u200cit'], { ID1: '.git', ID2: '.g\u200cit (ID2)' }],
		['a file and a folder: the folder keeps it', linux, ['a', 'a/b'], { ID1: 'a (ID1)', ID2: 'a/b' }],
		['a file and an empty folder', linux, ['a', 'a/'], { ID1: 'a (ID1)' }],
		['a file and a folder after cleaning', windows, ['a_', 'a?/b'], { ID1: 'a_ (ID1)', ID2: 'a_/b' }],
		[
			'a file and the partial file of another',
			linux,
			['a.mov.part', 'a.mov'],
			{ ID1: 'a.mov (ID1).part', ID2: 'a.mov' },
		],
		['a folder and the partial file of a file', linux, ['a.part/b', 'a'], { ID1: 'a.part/b', ID2: 'a (ID2)' }],
		[
			'the name that a mark gives, and one that has it already',
			linux,
			['a', 'a (ID3)', 'a'],
			{ ID1: 'a', ID2: 'a (ID3)', ID3: 'a (ID3 2)' },
		],
	])('%s', async (_, rules, labels, expected) => {
		const entries = entriesOf(...labels);
		expect(await placesOf(entries, rules)).toEqual(expected);
		for (let seed = 1; seed <= 20; seed++) expect(await placesOf(shuffled(entries, seed), rules)).toEqual(expected);
	});

	it('of folders: they stay apart, and files in them keep their names', async () => {
		const places = await placesOf(entriesOf('day 1/a', 'Day 1/a', 'day 1:/a', 'day 1_/a'), windows);
		expect(places).toEqual({
			ID1: expect.stringMatching(/^day 1 \([0-9a-f]{8}\)\/a$/) as string,
			ID2: 'Day 1/a',
			ID3: expect.stringMatching(/^day 1_ \([0-9a-f]{8}\)\/a$/) as string,
			ID4: 'day 1_/a',
		});
	});

	it('because they were shortened', async () => {
		const long = 'x'.repeat(300);
		const places = Object.values(
			await placesOf(entriesOf(`${long}1.mov`, `${long}2.mov`, `${long.slice(0, 252)}`), linux),
		);
		expect(new Set(places).size).toBe(3);
		for (const place of places) expect(place.length).toBeLessThanOrEqual(255);
	});
});

test('no entry gets a reserved name, but in other folders', async () => {
	const entries = entriesOf('.masv-package', 'a/.masv-package', '.MASV-Package');
	expect(await placesOf(entries, macos, ['.masv-package'])).toEqual({
		ID1: '.masv-package (ID1)',
		ID2: 'a/.masv-package',
		ID3: '.MASV-Package (ID3)',
	});
	expect((await placesOf(entriesOf('.masv-package/a'), linux, ['.masv-package'])).ID1).toMatch(
		/^\.masv-package \(\w+\)\/a$/,
	);
});

test('an ID with separators does not lead out of the folder', async () => {
	const entries: ListedEntry[] = ['../../x', '../../y', 'ok'].map((id) => ({
		id,
		kind: 'file',
		path: '',
		name: 'a',
	}));
	expect(Object.values(await placesOf(entries, linux))).toEqual([
		expect.stringMatching(/^a( \([0-9a-f]{16}\))?$/),
		expect.stringMatching(/^a( \([0-9a-f]{16}\))?$/),
		'a (ok)',
	]);
});

test('a path of ten thousand folders becomes one that systems can use, and others stay apart from it', async () => {
	const deep = 'a/'.repeat(10_000);
	const places = await placesOf(entriesOf(`${deep}one`, `${deep}b/two`, `${'a/'.repeat(100)}three`), linux);
	expect(places.ID1?.split('/')).toHaveLength(129);
	expect(places.ID1).toMatch(/\/one$/);
	expect(places.ID2?.split('/').slice(0, -1)).not.toEqual(places.ID1?.split('/').slice(0, -1));
	expect(places.ID3).toBe(`${'a/'.repeat(100)}three`);
});

describe.each(allRules)('with the rules of %s', (_, rules) => {
	const raws = Object.values(hostileNames).flatMap((rows) => rows.map(([raw]) => raw));
	/** Each name as that of a file, of a directory, and of a folder with a file and with each other name. */
	const entries: ListedEntry[] = raws.flatMap((name, index): ListedEntry[] => [
		{ id: `F${index}`, kind: 'file', path: '', name },
		{ id: `G${index}`, kind: 'file', path: name, name: raws[(index * 7) % raws.length] ?? '' },
		{ id: `H${index}`, kind: 'file', path: `/in/${name}/`, name },
		{ id: `D${index}`, kind: 'directory', path: 'directories', name },
	]);

	it('every hostile name is a single name below the folder, and no two are the same', async () => {
		const { files, directories } = await toLocalNames(entries, { rules, ...platform });
		expect(files).toHaveLength(raws.length * 3);
		expect(directories).toHaveLength(raws.length);
		const folded = (names: readonly string[]) => names.map((name) => foldName(name, rules)).join('/');
		const places = files.flatMap(({ folders, name, partial }) => [
			[...folders, name],
			[...folders, partial],
		]);
		expect(new Set(places.map(folded)).size).toBe(places.length);
		const folders = new Set(
			[...files.map((file) => file.folders), ...directories.map((each) => each.folders)].map(folded),
		);
		expect(places.filter((place) => folders.has(folded(place)))).toEqual([]);
		for (const name of places.flat()) {
			expect(name).not.toMatch(/^\.{0,2}$|[/\\\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
			expect(name.isWellFormed()).toBe(true);
			if (rules.forWindows) expect(name).not.toMatch(/[<>:"|?*]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
		}
	});

	it('the same name leads to the same place, however the list is sorted', async () => {
		const expected = await placesOf(entries, rules);
		for (let seed = 1; seed <= 3; seed++) expect(await placesOf(shuffled(entries, seed), rules)).toEqual(expected);
	});

	it('this disk takes every name as it is', async () => {
		const root = await mkdtemp(join(tmpdir(), 'masv-names-'));
		try {
			const { files } = await toLocalNames(entries, { rules, ...platform });
			for (const { entry, folders, name } of files) {
				await mkdir(join(root, ...folders), { recursive: true });
				await writeFile(join(root, ...folders, name), entry.id, { flag: 'wx' });
			}
			expect(await readdir(join(root, '..'))).toContain(root.split('/').at(-1));
			const found = await readdir(root, { recursive: true, withFileTypes: true });
			expect(found.filter((each) => each.isFile())).toHaveLength(files.length);
			for (const { entry, folders, name } of files) {
				expect(await readFile(join(root, ...folders, name), 'utf8')).toBe(entry.id);
			}
		} finally {
			await rm(root, { recursive: true });
		}
	});
});

test.each([
	['in one folder', 16, (): string => 'a'],
	['in few folders', 8, (index: number): string => `${index % 50}`],
	['in folders of their own', 16, (index: number): string => `${index}`],
])('lets other work go on while many entries %s get their names', async (_, pauses, folderOf) => {
	const clock = instantClock();
	const labels = Array.from({ length: 5_000 }, (_, index) => `${folderOf(index)}/${index}.mov`);
	await toLocalNames(entriesOf(...labels), { rules: linux, hashing: nodeHashing, clock });
	expect(clock.slept.length).toBeGreaterThanOrEqual(pauses);
});
