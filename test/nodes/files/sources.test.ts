import { mkdir, mkdtemp, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { MasvInputError } from '../../../masv/errors';
import type { RangeSource, StreamSource } from '../../../masv/transfer/source';
import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { distinctSources } from '../../../nodes/Masv/files/namedSource';
import type { FakeN8nOptions } from '../../support/fakeN8n';
import { fakeN8n, itemWith } from '../../support/fakeN8n';
import { failureOf } from '../../support/nockMasv';
import { diskSources } from '../../../nodes/Masv/files/diskSources';
import { binarySources } from '../../../nodes/Masv/files/binarySources';

let root: string;
beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-binary-')));
});
afterAll(async () => await rm(root, { recursive: true }));

/** The bytes of a source that can be read at any place. */
async function bytesOf(source: NamedSource): Promise<string> {
	const reader = await (source as RangeSource).open();
	const into = new Uint8Array(source.bytes);
	await reader.read(into, 0);
	reader.close();
	return Buffer.from(into).toString();
}

const placesOf = (sources: NamedSource[]) => sources.map(({ path, name }) => [path, name]);

describe('binarySources', () => {
	const sourcesOf = async (options: FakeN8nOptions, names = 'data', folder = '') =>
		await binarySources(fakeN8n(options).n8n, 0, names, folder);
	const stored = (id: string, more = {}) => ({
		json: {},
		binary: { data: { id, data: 'x', mimeType: 'a/b', ...more } },
	});

	it('reads content that stands in the item itself', async () => {
		const [source] = await sourcesOf({ items: [itemWith({ data: 'a.mov' })] }, 'data', '/day 1//A/');
		expect(source).toMatchObject({ kind: 'range', name: 'a.mov', path: 'day 1/A', bytes: 16 });
		expect(await bytesOf(source as NamedSource)).toBe('content of a.mov');
	});

	it('takes several fields, and all of them for *', async () => {
		const items = [itemWith({ one: 'a', two: 'b', three: 'c' })];
		expect(placesOf(await sourcesOf({ items }, ' two , one'))).toEqual([
			['', 'b'],
			['', 'a'],
		]);
		expect(await sourcesOf({ items }, '*')).toHaveLength(3);
	});

	it('reads a file of the filesystem mode in place', async () => {
		const location = join(root, 'stored');
		await writeFile(location, 'stored');
		const [source] = await sourcesOf({
			items: [stored('filesystem-v2:1')],
			stored: { 'filesystem-v2:1': { location } },
		});
		expect(source).toMatchObject({ kind: 'range', name: 'data', bytes: 6 });
		expect(await bytesOf(source as NamedSource)).toBe('stored');
	});

	it('streams what other stores keep, whose keys are no paths', async () => {
		const content = Buffer.from('streamed');
		const options = {
			items: [stored('s3:/etc/passwd', { fileName: 'x.bin' })],
			stored: { 's3:/etc/passwd': { content } },
		};
		const [source] = await sourcesOf(options);
		expect(source).toMatchObject({ kind: 'stream', name: 'x.bin', bytes: 8 });
		const pieces = [];
		for await (const piece of await (source as StreamSource).open()) pieces.push(piece);
		expect(Buffer.concat(pieces)).toEqual(content);
	});

	it('believes the exact size of the item before it asks the store', async () => {
		const [source] = await sourcesOf({ items: [stored('s3:1', { bytes: 77 })] });
		expect(source?.bytes).toBe(77);
	});

	it.each([
		['../../etc/passwd', 'passwd'],
		['C:\\Users\\anna\\clip.mov', 'clip.mov'],
		['Größe 映画 🎬.mov', 'Größe 映画 🎬.mov'],
	])('takes the name of the file out of %j', async (fileName, name) => {
		expect((await sourcesOf({ items: [itemWith({ data: fileName })] }))[0]?.name).toBe(name);
	});

	it('makes a name from field and extension when the file has none', async () => {
		const [source] = await sourcesOf({ items: [stored('s3:1', { bytes: 1, fileExtension: 'mp4' })] });
		expect(source?.name).toBe('data.mp4');
	});

	it('says which fields there are when one is missing', async () => {
		const error = await failureOf<MasvInputError>(sourcesOf({ items: [itemWith({ one: 'a', two: 'b' })] }));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe('Item 1 of 1 has no binary field "data"');
		expect(error.hint).toBe('It has: one, two.');
	});

	it('says that * found nothing', async () => {
		expect((await failureOf(sourcesOf({ items: [{ json: {} }] }, '*'))).message).toBe('Item 1 of 1 has no binary data');
	});

	it.each(['a/../b', 'a\nb'])('refuses %j for a folder', async (folder) => {
		expect(await failureOf(sourcesOf({ items: [itemWith({ data: 'a' })] }, 'data', folder))).toBeInstanceOf(
			MasvInputError,
		);
	});
});

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

	it('takes a file, with its size and time', async () => {
		const [source] = await diskSources(n8n, at('day 1', 'notes.txt'), '');
		expect(source).toMatchObject({ name: 'notes.txt', path: '', bytes: 5, location: at('day 1', 'notes.txt') });
		expect(source?.modifiedAt.toISOString()).toMatch(/^2023-11-14T22:13:20\.12[23]Z$/);
		expect(await bytesOf(source as NamedSource)).toBe('notes');
	});

	it.each(['', '/'])('keeps the tree of a folder, itself included (%j behind it)', async (slash) => {
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

	it('takes ~ for the home folder', async () => {
		const error = await failureOf(diskSources(n8n, '~/no such folder of masv', ''));
		expect(error.message).toBe(`There is no file or folder "${join(homedir(), 'no such folder of masv')}"`);
	});

	it.each([
		['no path', '  \n ', 'No path is given'],
		['nothing', undefined, 'No path is given'],
		['a path that does not exist', '/no/such/file', 'There is no file or folder "/no/such/file"'],
		['a path through a file', '/dev/null/x', 'There is no file or folder "/dev/null/x"'],
		['a device', '/dev/null', '"/dev/null" is neither a file nor a folder'],
	])('refuses %s', async (_, paths, message) => {
		const error = await failureOf<MasvInputError>(diskSources(n8n, paths, ''));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe(message);
	});

	it('refuses a folder without files', async () => {
		expect((await failureOf(diskSources(n8n, at('empty'), ''))).message).toBe(
			`The folder "${at('empty')}" holds no files`,
		);
	});

	it('refuses a link to a folder above it', async () => {
		const error = await failureOf(diskSources(n8n, at('loop'), ''));
		expect(error.message).toBe(`"${at('loop', 'inner', 'up')}" is a link to a folder above it`);
	});

	it('refuses what n8n does not let workflows read', async () => {
		const error = await failureOf<MasvInputError>(
			diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('secret'), ''),
		);
		expect(error.message).toBe(`n8n does not let workflows read "${at('secret')}"`);
		expect(error.hint).toContain('N8N_RESTRICT_FILE_ACCESS_TO');
	});

	it('holds every file in a folder against those rules, where links really lead', async () => {
		const error = await failureOf(diskSources(fakeN8n({ blocked: [at('secret')] }).n8n, at('links'), ''));
		expect(error.message).toBe(`n8n does not let workflows read "${at('links', 'innocent.txt')}"`);
	});

	it('does not tell whether a file exists that may not be read', async () => {
		const { n8n: strict } = fakeN8n({ blocked: ['/no/such'] });
		expect((await failureOf(diskSources(strict, '/no/such/file', ''))).message).toBe(
			'n8n does not let workflows read "/no/such/file"',
		);
	});

	it('does not follow a link that was put in the place of a file meanwhile', async () => {
		const swapped = at('swapped.txt');
		await writeFile(swapped, 'mine');
		const [source] = await diskSources(n8n, swapped, '');
		await rm(swapped);
		await symlink(at('secret'), swapped);
		expect(await failureOf((source as RangeSource).open())).toMatchObject({ code: 'ELOOP' });
		expect(await readFile(swapped, 'utf8')).toBe('secret');
	});
});

describe('distinctSources', () => {
	const source = (location: string | undefined, path = '', name = 'a') =>
		({
			kind: 'stream',
			name,
			path,
			bytes: 1,
			modifiedAt: new Date(0),
			origin: 'x',
			location,
		}) as unknown as NamedSource;

	it('takes one file on disk once per place in the package', () => {
		const [a, again, elsewhere] = [source('/a'), source('/a'), source('/a', 'b')];
		expect(distinctSources([a, again, elsewhere])).toEqual([a, elsewhere]);
	});

	it('never takes two binary fields for one file', () => {
		expect(distinctSources([source(undefined), source(undefined)])).toHaveLength(2);
	});
});
