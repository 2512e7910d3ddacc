import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MasvInputError } from '../../../masv/errors';
import { diskSources } from '../../../nodes/Masv/files/diskSources';
import type { LeaveOut } from '../../../nodes/Masv/files/leaveOut';
import { systemFilesIn } from '../../../nodes/Masv/files/leaveOut';
import { platform } from '../../../nodes/Masv/platform';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';
import { instantClock } from '../../support/instantClock';
import { placesOf } from '../../support/sources';

const inspectFile = platform.disk.inspect.bind(platform.disk);
const listFolder = platform.disk.list.bind(platform.disk);

let root: string;
const at = (...names: string[]) => join(root, ...names);
const { n8n } = fakeN8n();
const list = async (path: string, leaveOut: LeaveOut[] = [], host = n8n) => {
	const { sources, emptyFolders, leftOut } = await diskSources(host, path, '', leaveOut);
	const folders = emptyFolders.map(({ path: folder, name }) => [folder, name]);
	const left = leftOut.map(({ path: one, reason }) => [one.slice(path.length + 1), reason]);
	return { places: placesOf(sources).map(([folder, name]) => `${folder}/${name}`), folders, left };
};
const write = async (...names: string[]) => {
	await mkdir(at(...names.slice(0, -1)), { recursive: true });
	await writeFile(at(...names), 'x');
};

beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-leave-out-')));
});
afterAll(async () => await rm(root, { recursive: true }));
afterEach(() => void jest.restoreAllMocks());

describe('empty folders', () => {
	beforeAll(async () => {
		await write('card', 'CONTENTS', 'CLIP.TXT');
		await mkdir(at('card', 'CONTENTS', 'VOICE'));
		await mkdir(at('card', 'EMPTY', 'DEEPER'), { recursive: true });
		await write('card', 'SETTINGS', '.DS_Store');
		await utimes(at('card', 'CONTENTS', 'VOICE'), 1_700_000_000, 1_700_000_000);
	});

	it('are found, with their times, the folders around them going without saying', async () => {
		const found = await diskSources(n8n, at('card'), 'top', ['systemFiles']);
		expect(found.emptyFolders.map(({ path, name }) => [path, name])).toEqual([
			['top/card/CONTENTS', 'VOICE'],
			['top/card/EMPTY', 'DEEPER'],
			['top/card', 'SETTINGS'],
		]);
		expect(found.emptyFolders[0]?.modifiedAt.toISOString()).toBe('2023-11-14T22:13:20.000Z');
	});

	it('are listed instead if they are to be left out', async () => {
		expect(await list(at('card'), ['emptyFolders'])).toMatchObject({
			places: ['card/CONTENTS/CLIP.TXT', 'card/SETTINGS/.DS_Store'],
			folders: [],
			left: [
				['CONTENTS/VOICE', 'it is an empty folder'],
				['EMPTY', 'it is an empty folder'],
			],
		});
	});

	it('are no folder to send: the drive may not be mounted', async () => {
		await write('only', '.DS_Store');
		for (const [path, leaveOut] of [
			[at('card', 'EMPTY'), ['emptyFolders']],
			[at('only'), ['systemFiles']],
		] as const) {
			const error = await failureOf<MasvInputError>(list(path, [...leaveOut]));
			expect(error.message).toBe(`The folder "${path}" contains no files`);
			expect(error.hint).toMatch(/^Check the path and the option Leave Out. Left out: ".*" \(it is an? .*\)\.$/);
		}
	});
});

describe('system files', () => {
	it('are no links: what they lead to may be of any kind', async () => {
		const entries = (['file', 'link'] as const).map((kind) => ({ name: `._${kind}`, kind, isExact: true }));
		const all = [...entries, { name: 'file', kind: 'file' as const, isExact: true }];
		const thumbs = { name: 'Thumbs.db', kind: 'link' as const, isExact: true };
		const found = await systemFilesIn([...all, { ...thumbs, name: 'link' }, thumbs], instantClock());
		expect([...found]).toEqual(['._file']);
	});

	it('are looked for in turns with other work of the process', async () => {
		const clock = instantClock();
		const entryOf = (name: string) => ({ name, kind: 'file' as const, isExact: true });
		const many = Array.from({ length: 12_000 }, (_, index) => entryOf(`${index}`));
		expect([...(await systemFilesIn(many, clock))]).toEqual([]);
		expect(clock.slept.splice(0)).toEqual([0, 0]);
		expect([...(await systemFilesIn([...many, entryOf('._11999')], clock))]).toEqual(['._11999']);
		expect(clock.slept).toEqual([0, 0, 0, 0]);
	});

	const files = [
		'.DS_Store',
		'.ds_store.mov',
		'._a.mov',
		'._alone',
		'a.mov',
		'DESKTOP.INI',
		'desktop.ini.txt',
		'Thumbs.db',
		'thumbs.db',
	];
	beforeAll(async () => {
		for (const name of files) await write('mac', name);
		await write('mac', '.fcpcache', 'x');
		await write('mac', 'Cut.fcpcache', 'deep', 'x');
		await write('mac', 'sub', '._b');
		await write('mac', 'Thumbs.db folder', 'Thumbs.db', 'x');
	});

	it('are left out and listed', async () => {
		const { places, left } = await list(at('mac'), ['systemFiles']);
		expect(places).toEqual([
			'mac/._alone',
			'mac/.ds_store.mov',
			'mac/Thumbs.db folder/Thumbs.db/x',
			'mac/a.mov',
			'mac/desktop.ini.txt',
			'mac/sub/._b',
		]);
		expect(left).toEqual(
			['.DS_Store', '._a.mov', '.fcpcache', 'Cut.fcpcache', 'DESKTOP.INI', 'Thumbs.db', 'thumbs.db'].map((name) => [
				name,
				'it is a system file',
			]),
		);
	});

	it('of a whole disk are left out and listed, whatever is in them', async () => {
		const folders = ['$RECYCLE.BIN', '.Spotlight-V100', '.Trashes', '.fseventsd', 'System Volume Information'];
		for (const name of folders) await write('disk', name, 'S-1-5', 'a.mov');
		for (const name of ['Icon\r', '.Trashes.mov', 'icon']) await write('disk', name);
		expect(await list(at('disk'), ['systemFiles'])).toMatchObject({
			places: ['disk/.Trashes.mov', 'disk/icon'],
			folders: [],
			left: [...folders, 'Icon\r'].sort().map((name) => [name, 'it is a system file']),
		});
	});

	it('with a line break in their name do not break the message about a folder that contains nothing else', async () => {
		await write('icons', 'Icon\r');
		const error = await failureOf<MasvInputError>(list(at('icons'), ['systemFiles']));
		expect(error.hint).toContain(`"${at('icons', 'Icon\\u000d')}" (it is a system file)`);
	});

	it('are sent without the option, and always if their own path is entered', async () => {
		expect((await list(at('mac'))).places).toHaveLength(files.length + 4);
		expect((await list(at('mac', '.DS_Store'), ['systemFiles'])).places).toEqual(['/.DS_Store']);
		expect((await list(at('mac', '.fcpcache'), ['systemFiles'])).places).toEqual(['.fcpcache/x']);
	});
});

describe('what cannot be read', () => {
	const notUtf8 = Buffer.concat([Buffer.from('/caf'), Buffer.from([0xe9]), Buffer.from('.mov')]);
	const shownName = 'caf\ufffd.mov';
	const fail = (name: string, code: string) => {
		const failing =
			<T>(real: (location: string) => Promise<T>) =>
			async (location: string) => {
				if (location.endsWith(name)) throw Object.assign(new Error(`${code}: ${location}`), { code });
				return await real(location);
			};
		jest.spyOn(platform.disk, 'inspect').mockImplementation(failing(inspectFile));
		jest.spyOn(platform.disk, 'list').mockImplementation(failing(listFolder));
	};

	beforeAll(async () => {
		for (const name of ['a', 'z']) await write('mixed', name);
		await mkdir(at('mixed', 'lost+found'));
		await symlink('/nowhere', at('mixed', 'dead'));
		execFileSync('mkfifo', [at('mixed', 'pipe')]);
		await write('mixed', 'back\\slash');
		await writeFile(Buffer.concat([Buffer.from(at('mixed')), notUtf8]), 'x');
		await symlink(at('mixed'), at('mixed', 'loop'));
	});

	it('is left out and listed with the reason', async () => {
		fail('lost+found', 'EACCES');
		const { n8n: host } = fakeN8n({ blocked: [at('mixed', 'z')] });
		const { places, folders, left } = await list(at('mixed'), ['unreadable'], host);
		expect([places, folders]).toEqual([['mixed/a'], []]);
		expect(left).toEqual([
			['back\\slash', 'its name is invalid: it contains a backslash'],
			[shownName, 'its name is not valid UTF-8'],
			['dead', 'it is a link that leads nowhere'],
			['loop', 'it is a link to one of its parent folders'],
			['lost+found', 'permission denied (EACCES)'],
			['pipe', 'it is neither a file nor a folder'],
			['z', 'n8n does not allow workflows to read it'],
		]);
	});

	it('is an error with the path, the reason and the option otherwise', async () => {
		fail('lost+found', 'EACCES');
		await mkdir(at('drive', 'lost+found'), { recursive: true });
		const error = await failureOf<MasvInputError>(list(at('drive')));
		expect(error.message).toBe(`"${at('drive', 'lost+found')}" cannot be read: permission denied (EACCES)`);
		expect(error.hint).toBe('To send the rest of the folder, add the option Leave Out and select Unreadable Files.');
	});

	it('is never the path itself', async () => {
		fail('mixed/a', 'EACCES');
		const error = await failureOf<MasvInputError>(list(at('mixed', 'a'), ['unreadable']));
		expect(error.message).toBe(`"${at('mixed', 'a')}" cannot be read: permission denied (EACCES)`);
		expect(error.hint).toBeUndefined();
	});

	it.each(['EIO', 'EMFILE', 'ETIMEDOUT', 'ENOTCONN'])(
		'is not whatever happens to be next when the disk fails with %s',
		async (code) => {
			fail('mixed/a', code);
			expect(await failureOf(list(at('mixed'), ['unreadable']))).toMatchObject({ code: 'file_not_readable' });
		},
	);

	it('includes a name that is not valid UTF-8: not a missing file', async () => {
		await mkdir(at('latin'));
		await writeFile(Buffer.concat([Buffer.from(at('latin')), notUtf8]), 'x');
		const error = await failureOf<MasvInputError>(list(at('latin')));
		expect(error.message).toBe(`"${at('latin')}/${shownName}" cannot be read: its name is not valid UTF-8`);
		expect(error.hint).toContain('convmv');
	});

	// Where there is no /proc, there are no such files.
	(process.platform === 'linux' ? it : it.skip)('includes files without a size that have content', async () => {
		const error = await failureOf<MasvInputError>(list('/proc/version'));
		expect(error.message).toBe(
			'"/proc/version" cannot be read: the system generates its content and shows no size, as in /proc (ESIZELESS)',
		);
	});

	it('includes a path whose resolution hangs', async () => {
		jest.useFakeTimers();
		try {
			const { n8n: host } = fakeN8n();
			host.helpers.resolvePath = async () => await new Promise<never>(() => undefined);
			const failure = failureOf<MasvInputError>(list(at('mixed'), [], host));
			await jest.advanceTimersByTimeAsync(2 * 60_000);
			expect((await failure).message).toBe(
				`"${at('mixed')}" cannot be read: the network drive does not respond (ETIMEDOUT)`,
			);
		} finally {
			jest.useRealTimers();
		}
	});
});

it('thirty links to folders in which links lead to folders do not multiply files, and each is listed', async () => {
	const levels = 16;
	for (let level = 0; level < levels; level++) {
		await write('maze', `${level}`, 'file');
		if (level === 0) continue;
		for (const side of ['left', 'right']) await symlink(at('maze', `${level}`), at('maze', `${level - 1}`, side));
	}
	const { places, left } = await list(at('maze', '0'));
	expect(places).toHaveLength(levels);
	expect(left).toHaveLength(levels - 1);
	expect(new Set(left.map(([, reason]) => reason))).toEqual(new Set(['the package already contains the same folder']));
});
