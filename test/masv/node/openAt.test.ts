import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { link, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FileCalls } from '../../../masv/node/fileCalls';
import { fileCalls } from '../../../masv/node/fileCalls';
import { nodeDisk } from '../../../masv/node/nodeDisk';
import { openAt } from '../../../masv/node/openAt';
import { systemClock } from '../../../masv/node/systemClock';
import { failureOf } from '../../support/failureOf';

let root: string;
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-open-')));
	await mkdir(join(root, 'a', 'b', 'c'), { recursive: true });
	await mkdir(join(root, 'secret', 'c'), { recursive: true });
	await writeFile(at('a', 'b', 'c', 'clip.mov'), 'mine');
	await writeFile(at('secret', 'c', 'clip.mov'), 'hers');
});
afterEach(async () => await rm(root, { recursive: true }));

const at = (...names: string[]) => join(root, ...names);
const clip = () => at('a', 'b', 'c', 'clip.mov');

/** What can be read at a path, through these calls. */
async function read(location: string, calls: FileCalls = fileCalls, known?: Parameters<typeof openAt>[2]) {
	const { file } = await openAt(location, 'file', known, calls);
	const into = Buffer.alloc(4);
	await fileCalls.read(file, into, 0);
	fileCalls.close(file);
	return into.toString();
}

/** A system that does not report the path of an open file, as a container without /proc. */
const silent: FileCalls = {
	...fileCalls,
	pathOf: () => undefined,
};

/** Replaces a folder by a link. */
async function swap(folder: string, target: string): Promise<void> {
	await rename(folder, `${folder} before`);
	await symlink(target, folder);
}

describe.each([
	['reports paths', fileCalls],
	['does not report paths', silent],
])('on a system that %s', (_, calls) => {
	it('opens a file, and one of any name', async () => {
		expect(await read(clip(), calls)).toBe('mine');
		await writeFile(at('a', 'Größe 映画 🎬 (deleted)'), 'film');
		expect(await read(at('a', 'Größe 映画 🎬 (deleted)'), calls)).toBe('film');
	});

	it('opens a folder', async () => {
		const { file, stats } = await openAt(at('a'), 'folder', undefined, calls);
		expect(stats.isDirectory()).toBe(true);
		fileCalls.close(file);
	});

	it.each([
		['first', ['a'], ['b', 'c']],
		['middle', ['a', 'b'], ['c']],
	])('follows no link in the place of the %s folder of the path', async (__, folder, rest) => {
		const known = (await nodeDisk.inspect(clip())).stamp;
		await mkdir(at('secret', ...rest), { recursive: true });
		await writeFile(at('secret', ...rest, 'clip.mov'), 'hers');
		await swap(at(...folder), at('secret'));
		expect(await failureOf(read(clip(), calls))).toMatchObject({ code: 'ELOOP' });
		expect(await failureOf(read(clip(), calls, known))).toMatchObject({ code: 'ELOOP' });
	});

	it('follows no link that is there only while it opens', async () => {
		const known = (await nodeDisk.inspect(clip())).stamp;
		const flickering: FileCalls = {
			...calls,
			open: async (path, flags) => {
				await swap(at('a', 'b'), at('secret'));
				const file = await calls.open(path, flags);
				await rm(at('a', 'b'));
				await rename(at('a', 'b before'), at('a', 'b'));
				return file;
			},
		};
		expect(await failureOf(read(clip(), flickering))).toMatchObject({ code: 'ELOOP' });
		expect(await failureOf(read(clip(), flickering, known))).toMatchObject({ code: 'ELOOP' });
	});

	it('does not wait for the other end of a pipe, and does not read it', async () => {
		await rm(clip());
		execFileSync('mkfifo', [clip()]);
		expect(await failureOf(read(clip(), calls))).toMatchObject({ code: 'ENXIO' });
	});

	it.each(['/dev/null', '/dev/tty0'])('does not read the device %s', async (device) => {
		expect((await failureOf<NodeJS.ErrnoException>(read(device, calls))).code).toMatch(/ENXIO|ENOENT|EACCES|EIO/);
	});

	it('opens no folder as a file, and no file as a folder', async () => {
		expect(await failureOf(openAt(at('a'), 'file', undefined, calls))).toMatchObject({ code: 'ENXIO' });
		expect(await failureOf(openAt(clip(), 'folder', undefined, calls))).toMatchObject({ code: 'ENOTDIR' });
	});

	it('closes what it does not return', async () => {
		const closed: number[] = [];
		const counting: FileCalls = {
			...calls,
			close: (file) => {
				closed.push(file);
				fileCalls.close(file);
			},
		};
		await failureOf(openAt('/dev/null', 'file', undefined, counting));
		expect(closed).toHaveLength(1);
	});

	it('waits until a file that is lent to a client of a file server is returned', async () => {
		const pauses: number[] = [];
		const lent: FileCalls = {
			...calls,
			open: async (path, flags) => {
				if (pauses.length < 3) throw Object.assign(new Error('lent'), { code: 'EAGAIN' });
				return await calls.open(path, flags);
			},
			pause: (ms) => Promise.resolve(void pauses.push(ms)),
		};
		expect(await read(clip(), lent)).toBe('mine');
		expect(pauses).toEqual([250, 250, 250]);
	});

	it('gives up on a file that is not returned', async () => {
		let pauses = 0;
		const lent: FileCalls = {
			...calls,
			open: () => Promise.reject(Object.assign(new Error('lent'), { code: 'EAGAIN' })),
			pause: () => Promise.resolve(void pauses++),
		};
		expect(await failureOf(read(clip(), lent))).toMatchObject({ code: 'EAGAIN' });
		// A client must return it within 45 s.
		expect(pauses * 250).toBeGreaterThanOrEqual(45_000);
	});
});

describe('on a system that reports paths', () => {
	it('opens what replaced the file at the same path: the content is compared, not the number of the file', async () => {
		const known = (await nodeDisk.inspect(clip())).stamp;
		await writeFile(at('new'), 'anew');
		await rename(at('new'), clip());
		expect(await read(clip(), fileCalls, known)).toBe('anew');
	});

	it('knows a file whose name is reported with other letters, on a drive that ignores case', async () => {
		const known = (await nodeDisk.inspect(clip())).stamp;
		const reporting = (path: string): FileCalls => ({ ...fileCalls, pathOf: () => path });
		const upper = at('a', 'B', 'c', 'CLIP.mov');
		const { file, location } = await openAt(clip(), 'file', known, reporting(upper));
		fileCalls.close(file);
		expect(location).toBe(upper);
		const other = { ...known, inode: '1' };
		expect(await failureOf(read(clip(), reporting(upper), other))).toMatchObject({ code: 'ELOOP' });
		expect(await failureOf(read(clip(), reporting(at('b', 'clip.mov')), known))).toMatchObject({ code: 'ELOOP' });
	});

	it('says that a file is missing which was deleted while it was opened', async () => {
		const deleting: FileCalls = {
			...fileCalls,
			pathOf: (file) => {
				rmSync(clip());
				return fileCalls.pathOf(file);
			},
		};
		expect(await failureOf(read(clip(), deleting))).toMatchObject({ code: 'ENOENT' });
	});
});

describe('on a system that does not report paths', () => {
	it('opens only the file that was there before', async () => {
		const known = (await nodeDisk.inspect(clip())).stamp;
		expect(await read(clip(), silent, known)).toBe('mine');
		await rm(clip());
		await link(at('secret', 'c', 'clip.mov'), clip());
		expect(await failureOf(read(clip(), silent, known))).toMatchObject({ code: 'ELOOP' });
	});
});

it('lists a large folder in turns with other work of the process', async () => {
	const names = Array.from({ length: 2_500 }, (_, index) => `frame ${1e4 + index}.dpx`);
	for (const name of names) await writeFile(at('a', name), '');
	const sleep = jest.spyOn(systemClock, 'sleep');
	// A turn also ends when it takes long, which depends on what else the machine does.
	const busyMs = jest.spyOn(systemClock as Required<typeof systemClock>, 'busyMs').mockReturnValue(0);
	const { entries } = await nodeDisk.list(at('a'));
	expect(entries.map(({ name }) => name)).toEqual(['b', ...names]);
	expect(sleep.mock.calls).toEqual([[0], [0]]);
	busyMs.mockRestore();
	sleep.mockRestore();
});

it('dates files and folders that are later than any date with the last one', async () => {
	const look = fileCalls.look.bind(fileCalls);
	// In the year 287168, which tmpfs, Btrfs and ZFS store.
	const mtimeMs = 9_000_000_000_000_000n;
	const looks = jest.spyOn(fileCalls, 'look');
	looks.mockImplementation(async (file) => Object.assign(await look(file), { mtimeMs }));
	const last = new Date(8.64e15);
	expect((await nodeDisk.inspect(clip())).modifiedAt).toEqual(last);
	expect((await nodeDisk.list(at('a'))).modifiedAt).toEqual(last);
	looks.mockRestore();
});
