import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { RangeSource } from '../../../masv/transfer/source';
import { diskSources as listDisk } from '../../../nodes/Masv/files/diskSources';
import type { LeaveOut } from '../../../nodes/Masv/files/leaveOut';
import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { platform } from '../../../nodes/Masv/platform';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';
import { bytesOf, placesOf } from '../../support/sources';

const inspectFile = platform.disk.inspect.bind(platform.disk);

let root: string;

const listAll = async (n8n: IExecuteFunctions, paths: unknown, folder = '', leaveOut: LeaveOut[] = []) =>
	await listDisk(n8n, paths, folder, leaveOut);
const diskSources = async (...args: Parameters<typeof listAll>) => (await listAll(...args)).sources;

beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-disk-')));
});
afterAll(async () => await rm(root, { recursive: true }));

describe('diskSources', () => {
	const { n8n } = fakeN8n();
	const servers: Server[] = [];
	const spies: jest.SpyInstance[] = [];
	afterEach(() => {
		for (const server of servers.splice(0)) server.close();
		for (const spy of spies.splice(0)) spy.mockRestore();
	});
	const at = (...names: string[]) => join(root, 'tree', ...names);

	beforeAll(async () => {
		await mkdir(at('day 1', 'camera A'), { recursive: true });
		await mkdir(at('empty', 'deeper'), { recursive: true });
		await mkdir(at('loop', 'inner'), { recursive: true });
		await mkdir(at('links'), { recursive: true });
		await writeFile(at('day 1', 'notes.txt'), 'notes');
		await writeFile(at('day 1', 'camera A', 'Größe 映画 🎬.mov'), 'film');
		await writeFile(at('secret'), 'secret');
		await writeFile(at('loop', 'a.txt'), 'a');
		await symlink(at('loop'), at('loop', 'inner', 'up'));
		await symlink(at('secret'), at('links', 'innocent.txt'));
		await utimes(at('day 1', 'notes.txt'), 1_700_000_000.123, 1_700_000_000.123);
	});

	it('returns a file with its size and time', async () => {
		const [source] = await diskSources(n8n, at('day 1', 'notes.txt'));
		expect(source).toMatchObject({ name: 'notes.txt', path: '', bytes: 5, location: at('day 1', 'notes.txt') });
		expect(source?.modifiedAt.toISOString()).toMatch(/^2023-11-14T22:13:20\.12[23]Z$/);
		expect(await bytesOf(source as NamedSource)).toBe('notes');
	});

	it.each(['', '/'])('keeps the folder and its subfolders (path ending in %j)', async (slash) => {
		expect(placesOf(await diskSources(n8n, `${at('day 1')}${slash}`, 'top'))).toEqual([
			['top/day 1/camera A', 'Größe 映画 🎬.mov'],
			['top/day 1', 'notes.txt'],
		]);
	});

	it.each<[string, (a: string, b: string) => unknown]>([
		['lines', (a, b) => ` ${a} \r\n\n${b}\n`],
		['a list', (a, b) => [a, b]],
	])('takes several paths as %s', async (_, write) => {
		const paths = write(at('day 1', 'notes.txt'), at('secret'));
		expect(placesOf(await diskSources(n8n, paths))).toEqual([
			['', 'notes.txt'],
			['', 'secret'],
		]);
	});

	it('expands ~ to the home folder', async () => {
		const error = await failureOf(diskSources(n8n, '~/no such folder of masv'));
		expect(error.message).toBe(`There is no file or folder "${join(homedir(), 'no such folder of masv')}"`);
	});

	it.each([
		['no path', '  \n ', 'No path is specified'],
		['nothing', undefined, 'No path is specified'],
		['a path that does not exist', '/no/such/file', 'There is no file or folder "/no/such/file"'],
		['a null character', '/etc/\u0000x', 'There is no file or folder "/etc/\\u0000x"'],
		['a path through a file', '/dev/null/x', 'There is no file or folder "/dev/null/x"'],
		['a device', '/dev/null', '"/dev/null" is neither a file nor a folder'],
	])('rejects %s', async (_, paths, message) => {
		const error = await failureOf<MasvInputError>(diskSources(n8n, paths));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe(message);
	});

	it('says that it knows no wildcards', async () => {
		const error = await failureOf<MasvInputError>(diskSources(n8n, at('*.mov')));
		expect(error.hint).toBe('Wildcards are not supported. Enter a folder to send everything in it.');
	});

	it('rejects a folder without files', async () => {
		expect((await failureOf(diskSources(n8n, at('empty')))).message).toBe(
			`The folder "${at('empty')}" contains no files`,
		);
	});

	it('rejects a link to a parent folder', async () => {
		const error = await failureOf(diskSources(n8n, at('loop')));
		expect(error.message).toBe(`"${at('loop', 'inner', 'up')}" is a link to one of its parent folders`);
	});

	it('rejects what n8n does not allow workflows to read', async () => {
		const error = await failureOf<MasvInputError>(diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('secret')));
		expect(error.message).toBe(`n8n does not allow workflows to read "${at('secret')}"`);
		expect(error.hint).toContain('N8N_BLOCK_FILE_PATTERNS');
	});

	it('checks every file in a folder against these rules, by the target of its link', async () => {
		const error = await failureOf(diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('links')));
		expect(error.message).toBe(`n8n does not allow workflows to read "${at('links', 'innocent.txt')}"`);
	});

	it('does not reveal whether a forbidden file exists', async () => {
		const { n8n: strict } = fakeN8n({ blocked: ['/no/such'] });
		expect((await failureOf(diskSources(strict, '/no/such/file'))).message).toBe(
			'n8n does not allow workflows to read "/no/such/file"',
		);
	});

	it('does not follow a link that replaced a file in the meantime', async () => {
		const swapped = at('swapped.txt');
		await writeFile(swapped, 'mine');
		const [source] = await diskSources(n8n, swapped);
		await rm(swapped);
		await symlink(at('secret'), swapped);
		expect(await failureOf((source as RangeSource).open())).toMatchObject({ code: 'ELOOP' });
		expect(await readFile(swapped, 'utf8')).toBe('secret');
	});

	it('does not follow a link that replaced a folder in the middle of the path in the meantime', async () => {
		await mkdir(at('outer', 'inner', 'deep'), { recursive: true });
		await mkdir(at('decoy', 'deep'), { recursive: true });
		await writeFile(at('outer', 'inner', 'deep', 'a.txt'), 'mine');
		await writeFile(at('decoy', 'deep', 'a.txt'), 'hers');
		const [source] = await diskSources(n8n, at('outer'));
		await rename(at('outer', 'inner'), at('outer-before'));
		await symlink(at('decoy'), at('outer', 'inner'));
		expect(await failureOf((source as RangeSource).open())).toMatchObject({ code: 'ELOOP' });
	});

	it('refuses a file that turns out to be elsewhere when it is opened, where n8n allows nothing', async () => {
		const inspect = async (path: string) => ({ ...(await inspectFile(path)), location: at('secret') });
		spies.push(jest.spyOn(platform.disk, 'inspect').mockImplementation(inspect));
		const { n8n: host } = fakeN8n({ blocked: [at('secret')] });
		const error = await failureOf<MasvInputError>(diskSources(host, at('day 1', 'notes.txt')));
		expect(error).toMatchObject({ code: 'file_not_allowed' });
	});

	it('says of a path in a missing folder that n8n does not allow it rather than that it does not exist', async () => {
		const missing = at('missing', 'a.txt');
		const { n8n: host } = fakeN8n({ blocked: [missing] });
		expect(await failureOf(diskSources(host, missing))).toMatchObject({ code: 'file_not_allowed' });
		expect(await failureOf(diskSources(n8n, missing))).toMatchObject({ code: 'file_not_found' });
	});

	it('lists nothing through a link that replaced a folder after n8n approved its path', async () => {
		await mkdir(at('approved', 'inner'), { recursive: true });
		await mkdir(at('behind', 'inner'), { recursive: true });
		await writeFile(at('approved', 'inner', 'a.txt'), 'mine');
		await writeFile(at('behind', 'inner', 'private.txt'), 'hers');
		const host = fakeN8n({}).n8n;
		const resolvePath = host.helpers.resolvePath.bind(host.helpers);
		host.helpers.resolvePath = async (path) => {
			const resolved = await resolvePath(path);
			await rename(at('approved'), at('approved-before'));
			await symlink(at('behind'), at('approved'));
			return resolved;
		};
		const error = await failureOf(diskSources(host, at('approved', 'inner')));
		expect(error).toMatchObject({ code: 'file_not_readable' });
		expect(error.message).toBe(
			`"${at('approved', 'inner')}" cannot be read: it was moved, or a link has taken its place or that of one of its folders (ELOOP)`,
		);
	});

	it.each([
		['pipe', 'mkfifo'],
		['socket', 'socket'],
	])('reports a %s in a folder, and does not wait for its other end', async (_, how) => {
		const folder = at(`with ${how}`);
		await mkdir(folder, { recursive: true });
		const path = join(folder, 'odd');
		if (how === 'mkfifo') execFileSync('mkfifo', [path]);
		else {
			const server = createServer().listen(path);
			await once(server, 'listening');
			servers.push(server);
		}
		const error = await failureOf(diskSources(n8n, folder));
		expect(error).toMatchObject({ code: 'file_kind_unsupported' });
		expect(error.message).toBe(`"${path}" is neither a file nor a folder`);
	});

	it('reports a link that leads nowhere', async () => {
		await mkdir(at('dangling'), { recursive: true });
		await symlink(at('nothing here'), at('dangling', 'link'));
		const error = await failureOf(diskSources(n8n, at('dangling')));
		expect(error.message).toBe(`"${at('dangling', 'link')}" is a link that leads nowhere`);
		expect((error as MasvInputError).hint).toContain('restore the file or folder');
	});

	it('reports a link to itself as one that leads nowhere', async () => {
		await mkdir(at('knot'), { recursive: true });
		await symlink(at('knot', 'link'), at('knot', 'link'));
		for (const path of [at('knot'), at('knot', 'link')]) {
			const error = await failureOf(diskSources(n8n, path));
			expect(error.message).toBe(`"${at('knot', 'link')}" is a link that leads nowhere`);
		}
	});

	// Root may read everything.
	(process.getuid?.() === 0 ? it.skip : it)('reports a file without permission while it lists', async () => {
		await mkdir(at('locked'), { recursive: true });
		await writeFile(at('locked', 'a.txt'), 'a', { mode: 0o000 });
		const error = await failureOf(diskSources(n8n, at('locked')));
		expect(error.message).toBe(`"${at('locked', 'a.txt')}" cannot be read: permission denied (EACCES)`);
	});

	it('reports a file that cannot be opened while it lists, before anything is created', async () => {
		await mkdir(at('broken'), { recursive: true });
		for (const name of ['a', 'b', 'c']) await writeFile(at('broken', name), name);
		const inspect = jest.spyOn(platform.disk, 'inspect');
		inspect.mockImplementation(async (location) => {
			if (location.endsWith('b')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
			return await inspectFile(location);
		});
		spies.push(inspect);
		const error = await failureOf(diskSources(n8n, at('broken')));
		expect(error).toMatchObject({ code: 'file_not_readable' });
		expect(error.message).toBe(`"${at('broken', 'b')}" cannot be read: the disk reported an error (EIO)`);
	});

	describe('links in a folder', () => {
		const linked = (...names: string[]) => at('linked', ...names);
		beforeAll(async () => {
			await mkdir(linked('tree', 'day 2'), { recursive: true });
			await mkdir(linked('elsewhere', 'sub'), { recursive: true });
			await writeFile(linked('tree', 'day 2', 'a.mov'), 'a');
			await writeFile(linked('elsewhere', 'sub', 'b.mov'), 'b');
			await symlink(linked('tree', 'day 2'), linked('tree', 'aaa latest'));
			await symlink(linked('elsewhere', 'sub'), linked('tree', 'bbb'));
			await symlink(linked('elsewhere'), linked('tree', 'ccc'));
			await symlink(linked('tree', 'day 2', 'a.mov'), linked('tree', 'ddd.mov'));
		});

		it('are followed, but each folder is included once: rather where it really is, or in its parent', async () => {
			const { sources, leftOut } = await listAll(n8n, linked('tree'));
			expect(placesOf(sources)).toEqual([
				['tree/ccc/sub', 'b.mov'],
				['tree/day 2', 'a.mov'],
				['tree', 'ddd.mov'],
			]);
			expect(leftOut).toEqual(
				['aaa latest', 'bbb'].map((name) => ({
					path: linked('tree', name),
					reason: 'the package already contains the same folder',
				})),
			);
		});

		it('include a folder at the first of their paths, in whatever order the disk answers', async () => {
			await mkdir(linked('twins'));
			for (const name of ['first', 'second']) await symlink(linked('elsewhere', 'sub'), linked('twins', name));
			const resolvePath = n8n.helpers.resolvePath.bind(n8n.helpers);
			for (const awaited of ['first', 'second']) {
				let answer = (): void => {};
				const hasAnswered = new Promise<void>((resolve) => (answer = resolve));
				const host = {
					...n8n,
					helpers: {
						...n8n.helpers,
						resolvePath: async (path: string) => {
							if (path !== linked('twins') && !path.endsWith(awaited)) await hasAnswered;
							const resolved = await resolvePath(path);
							if (path.endsWith(awaited)) answer();
							return resolved;
						},
					},
				};
				expect(placesOf(await diskSources(host, linked('twins')))).toEqual([['twins/first', 'b.mov']]);
			}
		});

		it('are checked by the path that they lead to', async () => {
			const { n8n: host } = fakeN8n({ blocked: [linked('elsewhere')] });
			const error = await failureOf(diskSources(host, linked('tree')));
			expect(error).toMatchObject({ code: 'file_not_allowed' });
			expect(error.message).toMatch(/tree\/(bbb|ccc)"$/);
		});

		it('cannot make a tree exponential', async () => {
			const levels = 40;
			for (let level = 0; level < levels; level++) {
				const folder = linked('maze', String(level));
				await mkdir(folder, { recursive: true });
				await writeFile(join(folder, 'file'), 'x');
				if (level > 0) {
					await symlink(linked('maze', String(level)), linked('maze', String(level - 1), 'left'));
					await symlink(linked('maze', String(level)), linked('maze', String(level - 1), 'right'));
				}
			}
			expect(await diskSources(n8n, linked('maze', '0'))).toHaveLength(levels);
		});

		it.each([
			['itself', ['ring'], ['ring', 'again']],
			['the folder above the specified one', [], ['ring', 'again']],
		])('to %s are an error', async (_, target, link) => {
			await mkdir(linked('rings', 'ring'), { recursive: true });
			await rm(linked('rings', ...link), { force: true });
			await symlink(linked('rings', ...target), linked('rings', ...link));
			expect(await failureOf(diskSources(n8n, linked('rings', 'ring')))).toMatchObject({
				code: 'folder_link_circular',
			});
		});
	});

	describe('a large tree', () => {
		const folders = 20;
		const filesEach = 25;
		beforeAll(async () => {
			for (let folder = 0; folder < folders; folder++) {
				const path = at('large', `d${folder % 4}`, `e${folder}`);
				await mkdir(path, { recursive: true });
				for (let file = 0; file < filesEach; file++) await writeFile(join(path, `f${file}`), '');
			}
		});

		it('is read in order, several files in parallel, each looked at once', async () => {
			let running = 0;
			let most = 0;
			const inspect = jest.spyOn(platform.disk, 'inspect');
			inspect.mockImplementation(async (location) => {
				most = Math.max(most, ++running);
				return await inspectFile(location).finally(() => running--);
			});
			const list = jest.spyOn(platform.disk, 'list');
			spies.push(inspect, list);
			const places = placesOf(await diskSources(n8n, at('large'))).map(([path, name]) => `${path}/${name}`);
			expect(places).toEqual([...places].sort());
			expect(places).toHaveLength(folders * filesEach);
			expect([inspect.mock.calls.length, list.mock.calls.length]).toEqual([folders * filesEach, 1 + 4 + folders]);
			expect(most).toBeGreaterThan(1);
			expect(most).toBeLessThanOrEqual(16);
		});

		it('is not read further when the execution is stopped', async () => {
			const stop = new AbortController();
			let looks = 0;
			const inspect = jest.spyOn(platform.disk, 'inspect');
			inspect.mockImplementation(async (location) => {
				if (++looks === 30) stop.abort(new Error('stop button'));
				return await inspectFile(location);
			});
			spies.push(inspect);
			const { n8n: host } = fakeN8n({ signal: stop.signal });
			expect(await failureOf(diskSources(host, at('large')))).toMatchObject({ code: 'cancelled' });
			for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
			// One for each of the parallel workers may have been on its way.
			expect(looks).toBeLessThan(30 + 16);
		});

		it('need not be waited for if the disk hangs when the execution is stopped', async () => {
			const stop = new AbortController();
			const list = jest.spyOn(platform.disk, 'list');
			list.mockImplementation(async () => {
				setImmediate(() => stop.abort(new Error('stop button')));
				return await new Promise<never>(() => undefined);
			});
			spies.push(list);
			const { n8n: host } = fakeN8n({ signal: stop.signal });
			expect(await failureOf(diskSources(host, at('large')))).toMatchObject({ code: 'cancelled' });
		});
	});
});
