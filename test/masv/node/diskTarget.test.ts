import { link, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { nameRules } from '../../../masv/download/nameRules';
import { openPackageFolder } from '../../../masv/download/packageFolder';
import type { TargetFolder } from '../../../masv/download/target';
import type { MasvError } from '../../../masv/errors';
import type { DiskTargetOptions } from '../../../masv/node/diskTarget';
import { diskTarget } from '../../../masv/node/diskTarget';
import type { WriteCalls } from '../../../masv/node/writeCalls';
import { writeCalls } from '../../../masv/node/writeCalls';
import { failureOf } from '../../support/failureOf';

let base: string;
let opened: TargetFolder[];
beforeEach(async () => {
	base = await realpath(await mkdtemp(join(tmpdir(), 'masv-target-')));
	await mkdir(at('in'));
	opened = [];
});
afterEach(async () => {
	for (const target of opened) target.close();
	await rm(base, { recursive: true });
});

const at = (...names: string[]) => join(base, ...names);
const markerOf = async (folder: string) => await readFile(at('in', folder, '.masv-package'), 'utf8');

async function targetOf(options: Partial<DiskTargetOptions> = {}): Promise<TargetFolder> {
	const target = await diskTarget(at('in'), { checkAllowed: () => undefined, ...options });
	opened.push(target);
	return target;
}

/** A system that does not open what has this name. */
const failingToOpen = (name: string, code: string): WriteCalls => ({
	...writeCalls,
	open: async (path, flags) =>
		path.endsWith(`/${name}`)
			? await Promise.reject(Object.assign(new Error('refused'), { code }))
			: await writeCalls.open(path, flags),
});

/** The folder of a package, below the one that was chosen. */
async function folderOf(id: string, name: string, options?: Partial<DiskTargetOptions>): Promise<string> {
	const folder = await openPackageFolder(await targetOf(options), { id, name }, nameRules.linux);
	opened.push(folder);
	return folder.location.slice(at('in').length + 1);
}

describe('the folder of a package', () => {
	it('has the name of the package, and is the same in each run', async () => {
		expect([await folderOf('P1', 'Dailies'), await folderOf('P1', 'Dailies')]).toEqual(['Dailies', 'Dailies']);
		expect(JSON.parse(await markerOf('Dailies'))).toEqual({ package: 'P1' });
		expect(await readdir(at('in', 'Dailies'))).toEqual(['.masv-package']);
	});

	it('is another one for a second package of the same name, in each run', async () => {
		for (let run = 0; run < 2; run++) {
			expect([await folderOf('P1', 'Dailies'), await folderOf('P2', 'Dailies')]).toEqual(['Dailies', 'Dailies (P2)']);
		}
	});

	it.each([
		['a folder with something in it', async () => await mkdir(at('in', 'Dailies', 'mine'), { recursive: true })],
		['a file', async () => await writeFile(at('in', 'Dailies'), '')],
		['a link to a folder', async () => await symlink('.', at('in', 'Dailies'))],
		[
			'a folder whose marker is a link',
			async () => {
				await mkdir(at('in', 'Dailies'));
				await writeFile(at('marker'), '{"package":"P1"}');
				await symlink(at('marker'), at('in', 'Dailies', '.masv-package'));
			},
		],
		[
			'a folder whose marker is damaged',
			async () => {
				await mkdir(at('in', 'Dailies'));
				await writeFile(at('in', 'Dailies', '.masv-package'), '{"pack');
			},
		],
		[
			'a folder whose marker is a folder',
			async () => await mkdir(at('in', 'Dailies', '.masv-package'), { recursive: true }),
		],
		[
			'a folder whose marker names no package',
			async () => {
				await mkdir(at('in', 'Dailies'));
				await writeFile(at('in', 'Dailies', '.masv-package'), '{"package":["P1"]}');
			},
		],
	])('is another one if %s has its name', async (_, plant) => {
		await plant();
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies (P1)');
	});

	it('is another one if the system reports a link that has its name as one', async () => {
		expect(await folderOf('P1', 'Dailies', { calls: failingToOpen('Dailies', 'ELOOP') })).toBe('Dailies (P1)');
	});

	it('can be an empty folder, and one in which a run was killed before it had marked it', async () => {
		await mkdir(at('in', 'Dailies'));
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies');
		await mkdir(at('in', 'Rushes'));
		await writeFile(at('in', 'Rushes', '.masv-package.1f'), '');
		expect(await folderOf('P1', 'Rushes')).toBe('Rushes');
		expect(await readdir(at('in', 'Rushes'))).toEqual(['.masv-package']);
	});

	it('is cleared of what a run has left that was killed while it marked it', async () => {
		await folderOf('P1', 'Dailies');
		await link(at('in', 'Dailies', '.masv-package'), at('in', 'Dailies', '.masv-package.1f'));
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies');
		expect(await readdir(at('in', 'Dailies'))).toEqual(['.masv-package']);
	});

	it('is the own one of another package that marks the folder first', async () => {
		let isFirst = true;
		const calls: WriteCalls = {
			...writeCalls,
			link: async (from, to) => {
				// It also removes the draft of this run, as one of a killed run.
				if (isFirst) {
					await rm(from);
					await writeFile(at('in', 'Dailies', '.masv-package'), '{"package":"P2"}');
				}
				isFirst = false;
				await writeCalls.link(from, to);
			},
		};
		expect(await folderOf('P1', 'Dailies', { calls })).toBe('Dailies (P1)');
	});

	it('is not taken from another package on a disk without second names', async () => {
		let isFirst = true;
		const calls: WriteCalls = {
			...writeCalls,
			link: async () => {
				if (isFirst) await writeFile(at('in', 'Dailies', '.masv-package'), '{"package":"P2"}');
				isFirst = false;
				throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
			},
		};
		expect(await folderOf('P1', 'Dailies', { calls })).toBe('Dailies (P1)');
		expect([JSON.parse(await markerOf('Dailies')), JSON.parse(await markerOf('Dailies (P1)'))]).toEqual([
			{ package: 'P2' },
			{ package: 'P1' },
		]);
	});

	it('is named after the ID if the package has no name, and if it would be the marker', async () => {
		expect([await folderOf('P1', ' '), await folderOf('P2', '.masv-package')]).toEqual(['P1', 'P2']);
	});

	it('is below the folder that was chosen, whatever the name of the package', async () => {
		expect(await folderOf('P1', '../../out')).toBe('.._.._out');
		expect(await folderOf('../P2', '../../out')).toBe('.._.._out (.._P2)');
		expect(await readdir(base)).toEqual(['in']);
	});

	it("stays the package's if the disk takes only part of its marker at a time", async () => {
		const calls: WriteCalls = {
			...writeCalls,
			write: async (file, piece, position) => await writeCalls.write(file, piece.subarray(0, 3), position),
		};
		await folderOf('P1', 'Dailies', { calls });
		expect(JSON.parse(await markerOf('Dailies'))).toEqual({ package: 'P1' });
	});

	it('is taken by one of several packages that come at the same moment, and the others get their own', async () => {
		const target = await targetOf();
		const ids = Array.from({ length: 12 }, (_, index) => `P${index}`);
		const folders = await Promise.all(
			ids.map(async (id) => await openPackageFolder(target, { id, name: 'Dailies' }, nameRules.linux)),
		);
		opened.push(...folders);
		const names = folders.map(({ location }) => basename(location));
		expect(new Set(names).size).toBe(12);
		expect(names.filter((name) => name === 'Dailies')).toHaveLength(1);
		for (const [index, name] of names.entries()) {
			expect(JSON.parse(await markerOf(name))).toEqual({ package: `P${index}` });
			expect(await readdir(at('in', name))).toEqual(['.masv-package']);
		}
	});

	it('stays the same if the folder that had its name is gone', async () => {
		await mkdir(at('in', 'Dailies', 'hers'), { recursive: true });
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies (P1)');
		await rm(at('in', 'Dailies'), { recursive: true });
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies (P1)');
		expect(await readdir(at('in'))).toEqual(['Dailies (P1)']);
	});

	it('is another one if it has lost its marker, and an error if all of its names belong to others', async () => {
		await mkdir(at('in', 'Dailies', 'hers'), { recursive: true });
		for (const name of ['Dailies (P1)', 'Dailies (P1 2)']) {
			for (let run = 0; run < 2; run++) expect(await folderOf('P1', 'Dailies')).toBe(name);
			await writeFile(at('in', name, 'A001.mov'), '');
			await rm(at('in', name, '.masv-package'));
		}
		expect(await failureOf(folderOf('P1', 'Dailies'))).toMatchObject({
			code: 'folder_taken',
			message: 'Package P1 has no folder: "Dailies", "Dailies (P1)", "Dailies (P1 2)" belong to others',
		});
	});

	it('stays marked after a power failure, also if another run has marked it', async () => {
		for (const run of ['first', 'second']) {
			const done: string[] = [];
			const shown = (path: string) => (path === at('in') ? 'in' : basename(path));
			const calls: WriteCalls = {
				...writeCalls,
				link: async (from, to) => {
					done.push(`links ${basename(to)}`);
					await writeCalls.link(from, to);
				},
				sync: async (file, withTimes) => {
					done.push(`syncs ${shown(writeCalls.pathOf(file) ?? '')}`);
					await writeCalls.sync(file, withTimes);
				},
			};
			await folderOf('P1', 'Dailies', { calls });
			const isFirst = run === 'first';
			expect(done.slice(isFirst ? 1 : 0)).toEqual(
				isFirst ? ['links .masv-package', 'syncs Dailies', 'syncs in'] : ['syncs Dailies'],
			);
		}
	});

	it.each([
		['EINVAL', undefined],
		['EIO', 'file_not_writable'],
	])('whose marker cannot be made safe (%s)', async (code, expected) => {
		const calls: WriteCalls = {
			...writeCalls,
			sync: async (file, withTimes) => {
				if (basename(writeCalls.pathOf(file) ?? '') === 'Dailies') throw Object.assign(new Error(code), { code });
				await writeCalls.sync(file, withTimes);
			},
		};
		const failure = await folderOf('P1', 'Dailies', { calls }).then(
			() => undefined,
			(error: MasvError) => error.code,
		);
		expect(failure).toBe(expected);
		expect(await folderOf('P1', 'Dailies')).toBe('Dailies');
	});

	it('is not created where that is not allowed', async () => {
		const checkAllowed = (location: string) => {
			if (location === at('in', 'Dailies')) throw new Error('not allowed');
		};
		expect(await failureOf(folderOf('P1', 'Dailies', { checkAllowed }))).toMatchObject({
			message: '"Dailies" cannot be written: not allowed',
		});
		expect(await readdir(at('in'))).toEqual([]);
	});
});

describe('the names that a disk can have', () => {
	/** A disk that sees some names as one, and refuses or changes others. */
	const diskThat = ({
		folds = (name: string) => name,
		refuses = /$^/,
		stores = (name: string) => name,
	}): WriteCalls => {
		const found = (path: string) => join(dirname(path), stores(folds(basename(path))));
		return {
			...writeCalls,
			open: async (path, flags) =>
				refuses.test(basename(path))
					? await Promise.reject(Object.assign(new Error('refused'), { code: 'EINVAL' }))
					: await writeCalls.open(path.includes('probe') ? found(path) : path, flags),
			lookAt: async (path) => await writeCalls.lookAt(found(path)),
			remove: async (path) => await writeCalls.remove(found(path)),
		};
	};

	it.each<[string, WriteCalls, object]>([
		['this disk', writeCalls, { forWindows: false, ignoresCase: false, ignoresForm: false }],
		[
			'one that ignores case',
			diskThat({ folds: (name) => name.toLowerCase() }),
			{ forWindows: false, ignoresCase: true, ignoresForm: false },
		],
		[
			'one that ignores how accents are encoded',
			diskThat({ folds: (name) => name.normalize('NFD') }),
			{ ignoresCase: false, ignoresForm: true },
		],
		[
			'one of Windows that refuses names',
			diskThat({ refuses: /\?/, folds: (name) => name.toLowerCase() }),
			{ forWindows: true, ignoresCase: true, ignoresForm: false },
		],
		['one of Windows that drops dots', diskThat({ stores: (name) => name.replace(/\.$/, '') }), { forWindows: true }],
	])('are found out for %s, and nothing is left', async (_, calls, expected) => {
		expect(await (await targetOf({ calls })).readRules()).toMatchObject(expected);
		expect(await readdir(at('in'))).toEqual([]);
	});

	it('cannot be found out if nothing can be created', async () => {
		expect(await failureOf((await targetOf({ calls: diskThat({ refuses: /probe/ }) })).readRules())).toMatchObject({
			code: 'file_not_writable',
		});
	});
});

it('knows how much can still be written', async () => {
	expect(await (await targetOf()).readFreeBytes()).toBeGreaterThan(1_000_000);
});

it('does not fail on a disk that does not say how much can still be written', async () => {
	const readFreeBytes: WriteCalls['readFreeBytes'] = async () =>
		await Promise.reject(Object.assign(new Error('not supported'), { code: 'ENOSYS' }));
	expect(await (await targetOf({ calls: { ...writeCalls, readFreeBytes } })).readFreeBytes()).toBeUndefined();
});

it('says what is at a place', async () => {
	await mkdir(at('in', 'a', 'folder'), { recursive: true });
	await writeFile(at('in', 'a', 'file'), 'content');
	await symlink('file', at('in', 'a', 'link'));
	const target = await targetOf();
	const look = async (name: string, ...folders: string[]) =>
		await target.look({ folders, name, partial: `${name}.part` });
	expect(await look('file', 'a')).toMatchObject({ kind: 'file', bytes: 7, location: at('in', 'a', 'file') });
	expect(await look('folder', 'a')).toMatchObject({ kind: 'folder' });
	expect(await look('link', 'a')).toMatchObject({ kind: 'link' });
	expect([await look('none', 'a'), await look('none', 'none')]).toEqual([undefined, undefined]);
	expect(await failureOf(look('none', 'a', 'link'))).toMatchObject({ code: 'file_not_writable' });
});

it('opens a file to compare it, but nothing else', async () => {
	await writeFile(at('in', 'file'), 'content');
	await symlink('file', at('in', 'link'));
	const checked: string[] = [];
	const target = await targetOf({ checkAllowed: (location) => void checked.push(location) });
	const openFile = async (name: string) => await target.openFile({ folders: [], name, partial: `${name}.part` });
	const file = await openFile('file');
	const into = Buffer.alloc(20);
	expect([await file?.read(into, 3), into.toString('utf8', 0, 4), await file?.read(into, 7)]).toEqual([4, 'tent', 0]);
	file?.close();
	expect(checked).toContain(at('in', 'file'));
	for (const name of ['link', 'none']) {
		expect(await failureOf(openFile(name))).toMatchObject({ code: 'file_not_readable' });
	}
	for (const code of ['EACCES', 'EPERM']) {
		const forbidden = await targetOf({ calls: failingToOpen('file', code) });
		expect(await forbidden.openFile({ folders: [], name: 'file', partial: 'x' })).toBeUndefined();
	}
});

it('removes what is left of the partial file of a whole one, but no other file', async () => {
	await writeFile(at('in', 'whole'), 'content');
	await link(at('in', 'whole'), at('in', 'whole.part'));
	await writeFile(at('in', 'other'), 'content');
	await link(at('in', 'other'), at('in', 'second name'));
	await writeFile(at('in', 'other.part'), 'con');
	const target = await targetOf();
	for (const name of ['whole', 'other']) await target.look({ folders: [], name, partial: `${name}.part` });
	expect((await readdir(at('in'))).sort()).toEqual(['other', 'other.part', 'second name', 'whole']);
});

it('removes what a killed run has left of the name that a file had before its own', async () => {
	await writeFile(at('in', 'a.mov'), 'whole');
	const interim = at('in', `.masv-interim-${(await lstat(at('in', 'a.mov'))).ino}`);
	for (const name of [interim, at('in', 'a.mov.part')]) await link(at('in', 'a.mov'), name);
	const target = await targetOf();
	expect(await target.look({ folders: [], name: 'a.mov', partial: 'a.mov.part' })).toMatchObject({ bytes: 5 });
	expect(await readdir(at('in'))).toEqual(['a.mov']);
});

it('makes the names in folders safe, and does not mind folders that are gone', async () => {
	const synced: string[] = [];
	const calls: WriteCalls = {
		...writeCalls,
		sync: (file) => {
			synced.push((writeCalls.pathOf(file) ?? '').slice(base.length + 1));
			return Promise.resolve();
		},
	};
	await mkdir(at('in', 'a', 'b'), { recursive: true });
	await (await targetOf({ calls })).sync([[], ['a'], ['a', 'b'], ['gone']]);
	expect(synced.sort()).toEqual(['in', 'in/a', 'in/a/b']);
});

it('creates empty folders, and does not mind those that are there', async () => {
	const target = await targetOf();
	await target.makeFolder(['a', 'b']);
	await target.makeFolder(['a', 'b']);
	expect((await lstat(at('in', 'a', 'b'))).isDirectory()).toBe(true);
	await symlink('/', at('in', 'link'));
	expect(await failureOf(target.makeFolder(['link', 'tmp', 'x']))).toMatchObject({ code: 'file_not_writable' });
});

it('does not open a folder behind a link, or one that is not allowed', async () => {
	await symlink(at('in'), at('link'));
	expect(await failureOf(diskTarget(at('link'), { checkAllowed: () => undefined }))).toMatchObject({
		code: 'file_not_writable',
	});
	const checkAllowed = () => {
		throw new Error('not allowed');
	};
	expect(await failureOf(diskTarget(at('in'), { checkAllowed }))).toMatchObject({ message: 'not allowed' });
});
