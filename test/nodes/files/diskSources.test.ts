import { mkdir, mkdtemp, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { MasvInputError } from '../../../masv/errors';
import type { RangeSource } from '../../../masv/transfer/source';
import { diskSources } from '../../../nodes/Masv/files/diskSources';
import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';
import { bytesOf, placesOf } from '../../support/sources';

let root: string;
beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-disk-')));
});
afterAll(async () => await rm(root, { recursive: true }));

describe('diskSources', () => {
	const { n8n } = fakeN8n();
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
		const [source] = await diskSources(n8n, at('day 1', 'notes.txt'), '');
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
		expect(placesOf(await diskSources(n8n, paths, ''))).toEqual([
			['', 'notes.txt'],
			['', 'secret'],
		]);
	});

	it('expands ~ to the home folder', async () => {
		const error = await failureOf(diskSources(n8n, '~/no such folder of masv', ''));
		expect(error.message).toBe(`There is no file or folder "${join(homedir(), 'no such folder of masv')}"`);
	});

	it.each([
		['no path', '  \n ', 'No path is specified'],
		['nothing', undefined, 'No path is specified'],
		['a path that does not exist', '/no/such/file', 'There is no file or folder "/no/such/file"'],
		['a path through a file', '/dev/null/x', 'There is no file or folder "/dev/null/x"'],
		['a device', '/dev/null', '"/dev/null" is neither a file nor a folder'],
	])('rejects %s', async (_, paths, message) => {
		const error = await failureOf<MasvInputError>(diskSources(n8n, paths, ''));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe(message);
	});

	it('rejects a folder without files', async () => {
		expect((await failureOf(diskSources(n8n, at('empty'), ''))).message).toBe(
			`The folder "${at('empty')}" contains no files`,
		);
	});

	it('rejects a link to a parent folder', async () => {
		const error = await failureOf(diskSources(n8n, at('loop'), ''));
		expect(error.message).toBe(`"${at('loop', 'inner', 'up')}" is a link to one of its parent folders`);
	});

	it('rejects what n8n does not allow workflows to read', async () => {
		const error = await failureOf<MasvInputError>(
			diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('secret'), ''),
		);
		expect(error.message).toBe(`n8n does not allow workflows to read "${at('secret')}"`);
		expect(error.hint).toContain('N8N_RESTRICT_FILE_ACCESS_TO');
	});

	it('checks every file in a folder against these rules, by the target of its link', async () => {
		const error = await failureOf(diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('links'), ''));
		expect(error.message).toBe(`n8n does not allow workflows to read "${at('links', 'innocent.txt')}"`);
	});

	it('does not reveal whether a forbidden file exists', async () => {
		const { n8n: strict } = fakeN8n({ blocked: ['/no/such'] });
		expect((await failureOf(diskSources(strict, '/no/such/file', ''))).message).toBe(
			'n8n does not allow workflows to read "/no/such/file"',
		);
	});

	it('does not follow a link that replaced a file in the meantime', async () => {
		const swapped = at('swapped.txt');
		await writeFile(swapped, 'mine');
		const [source] = await diskSources(n8n, swapped, '');
		await rm(swapped);
		await symlink(at('secret'), swapped);
		expect(await failureOf((source as RangeSource).open())).toMatchObject({ code: 'ELOOP' });
		expect(await readFile(swapped, 'utf8')).toBe('secret');
	});
});
