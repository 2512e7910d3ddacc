import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IBinaryData, IDataObject } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { StreamSource } from '../../../masv/transfer/source';
import { binarySources } from '../../../nodes/Masv/files/binarySources';
import { platform } from '../../../nodes/Masv/platform';
import type { NamedSource } from '../../../nodes/Masv/files/namedSource';
import { failureOf } from '../../support/failureOf';
import type { FakeN8nOptions } from '../../support/fakeN8n';
import { fakeN8n, itemWith } from '../../support/fakeN8n';
import { bytesOf, placesOf } from '../../support/sources';

let root: string;
beforeAll(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'masv-binary-')));
});
afterEach(() => void jest.restoreAllMocks());
afterAll(async () => await rm(root, { recursive: true }));

describe('binarySources', () => {
	const sourcesOf = async (
		options: FakeN8nOptions,
		names: string | IBinaryData | IBinaryData[] = 'data',
		folder = '',
	) => await binarySources(fakeN8n(options).n8n, 0, Array.isArray(names) ? names : [names], folder);
	const stored = (id: string, more = {}) => ({
		json: {},
		binary: { data: { id, data: 'x', mimeType: 'a/b', ...more } },
	});

	it('reads content that is stored in the item itself', async () => {
		const [source] = await sourcesOf({ items: [itemWith({ data: 'a.mov' })] }, 'data', '/day 1//A/');
		expect(source).toMatchObject({ kind: 'range', name: 'a.mov', path: 'day 1/A', bytes: 16 });
		expect(await bytesOf(source as NamedSource)).toBe('content of a.mov');
	});

	it('reads content that is stored in the item itself, also if a node has set the ID to null', async () => {
		const item = itemWith({ one: 'a.mov', two: 'b.mov' });
		for (const data of Object.values(item.binary ?? {})) Object.assign(data, { id: null, fileName: null });
		const copy = { ...(item.binary?.two as IBinaryData) };
		for (const names of ['two', [copy]]) {
			const [source] = await sourcesOf({ items: [item] }, names);
			expect(await bytesOf(source as NamedSource)).toBe('content of b.mov');
		}
		expect(placesOf(await sourcesOf({ items: [item] }, [copy]))).toEqual([['', 'data']]);
	});

	it('reads several fields, or all of them for *', async () => {
		const items = [itemWith({ one: 'a', two: 'b', three: 'c' })];
		expect(placesOf(await sourcesOf({ items }, ' two , one'))).toEqual([
			['', 'b'],
			['', 'a'],
		]);
		expect(await sourcesOf({ items }, '*')).toHaveLength(3);
	});

	it.each([null, undefined, {}, { mimeType: 'a/b', fileName: 'a' }])(
		'passes over a field that a node has set to %j',
		async (nothing) => {
			const item = itemWith({ data: 'a.mov' });
			item.binary = { broken: nothing as unknown as IBinaryData, ...item.binary };
			for (const names of ['data', '*']) {
				expect(placesOf(await sourcesOf({ items: [item] }, names))).toEqual([['', 'a.mov']]);
			}
			const error = await failureOf<MasvInputError>(sourcesOf({ items: [item] }, 'broken'));
			expect(error).toMatchObject({ code: 'binary_data_missing', hint: 'Available fields: data.' });
		},
	);

	it('reads a file in filesystem mode in place', async () => {
		const location = join(root, 'stored');
		await writeFile(location, 'stored');
		const [source] = await sourcesOf({
			items: [stored('filesystem-v2:1')],
			stored: { 'filesystem-v2:1': { location } },
		});
		expect(source).toMatchObject({ kind: 'range', name: 'data', bytes: 6 });
		expect(await bytesOf(source as NamedSource)).toBe('stored');
	});

	it('reads a file in filesystem mode whose folder is a link, and knows where it is', async () => {
		await mkdir(join(root, 'data'));
		await symlink(join(root, 'data'), join(root, 'linked'));
		await writeFile(join(root, 'data', 'file'), 'stored');
		const [source] = await sourcesOf({
			items: [stored('filesystem-v2:1')],
			stored: { 'filesystem-v2:1': { location: join(root, 'linked', 'file') } },
		});
		expect(source).toMatchObject({ location: join(root, 'data', 'file'), stamp: { bytes: 6 } });
		expect(await bytesOf(source as NamedSource)).toBe('stored');
	});

	it('names the file that is missing in filesystem mode', async () => {
		const location = join(root, 'not there');
		const options = { items: [stored('filesystem-v2:1')], stored: { 'filesystem-v2:1': { location } } };
		const error = await failureOf(sourcesOf(options));
		expect(error).toMatchObject({ code: 'binary_data_missing' });
		expect(error.message).toBe('The binary data of Item 1 of 1, field "data" no longer exists in n8n');
	});

	it.each(['File not found: abc', 'NoSuchKey'])(
		'reports data that n8n has deleted before anything is sent (%s)',
		async (text) => {
			const { n8n } = fakeN8n({ items: [stored('database:1', { bytes: 77 })] });
			n8n.helpers.getBinaryMetadata = async () => await Promise.reject(Object.assign(new Error(text), { name: text }));
			const error = await failureOf<MasvInputError>(binarySources(n8n, 0, ['data'], ''));
			expect(error.message).toBe('The binary data of Item 1 of 1, field "data" no longer exists in n8n');
			expect(error.hint).toContain('Run the workflow from the start again');
		},
	);

	it('reports data that n8n cannot read from its database before anything is sent, and sends what it can', async () => {
		jest.replaceProperty(platform, 'binaryLimits', { read: 80, write: 80 });
		const content = Buffer.from('x');
		const sourceOf = async (id: string, bytes: number) =>
			await sourcesOf({ items: [stored(id, { bytes })], stored: { [id]: { content } } });
		const error = await failureOf<MasvInputError>(sourceOf('database:1', 81));
		expect(error.message).toBe(
			'The binary data of Item 1 of 1, field "data" is 81 bytes; n8n keeps binary data in its database, where the limit is 80 bytes',
		);
		expect(error).toMatchObject({ code: 'file_too_large', hint: expect.stringContaining('Path on Disk') as string });
		expect(await sourceOf('database:1', 80)).toHaveLength(1);
		expect(await sourceOf('s3:1', 81)).toHaveLength(1);
	});

	it('reports a store that does not respond', async () => {
		jest.useFakeTimers();
		try {
			const { n8n } = fakeN8n({ items: [stored('s3:1', { bytes: 77 })] });
			n8n.helpers.getBinaryMetadata = async () => await new Promise<never>(() => undefined);
			const failure = failureOf<MasvInputError>(binarySources(n8n, 0, ['data'], ''));
			await jest.advanceTimersByTimeAsync(2 * 60_000);
			expect((await failure).message).toBe('"data" cannot be read: the network drive does not respond (ETIMEDOUT)');
		} finally {
			jest.useRealTimers();
		}
	});

	it('gives data without a time the same one in each run: what MASV calls no date', async () => {
		const items = [stored('s3:1', { bytes: 77 }), itemWith({ data: 'a.mov' })];
		const found = await Promise.all(items.map(async (item) => await sourcesOf({ items: [item] })));
		const times = found.flat().map(({ modifiedAt }) => modifiedAt.toISOString());
		expect(times).toEqual(['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']);
	});

	it('recognizes binary data by its ID, or by its content if the item itself contains it', async () => {
		const [streamed] = await sourcesOf({ items: [stored('s3:1', { bytes: 77 })] });
		const [inMemory] = await sourcesOf({ items: [itemWith({ data: 'a.mov' })] });
		expect([streamed?.location, streamed?.stamp]).toEqual(['s3:1', undefined]);
		expect([inMemory?.location, inMemory?.stamp]).toEqual([expect.stringMatching(/^data:[0-9a-f]{64}$/), undefined]);
		const [same] = await sourcesOf({ items: [itemWith({ data: 'a.mov' })] });
		expect(same?.location).toBe(inMemory?.location);
	});

	it('streams from other stores, whose keys are not paths', async () => {
		const content = Buffer.from('streamed');
		const options = {
			items: [stored('s3:/etc/passwd', { fileName: 'x.bin' })],
			stored: { 's3:/etc/passwd': { content } },
		};
		const [source] = await sourcesOf(options);
		expect(source).toMatchObject({ kind: 'stream', name: 'x.bin', bytes: 8 });
		const pieces = [];
		for await (const piece of (await (source as StreamSource).open()).pieces) pieces.push(piece);
		expect(Buffer.concat(pieces)).toEqual(content);
	});

	it('uses the exact size in the item rather than that of the store', async () => {
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

	it('creates a name from field and extension if the file has none', async () => {
		const [source] = await sourcesOf({ items: [stored('s3:1', { bytes: 1, fileExtension: 'mp4' })] });
		expect(source?.name).toBe('data.mp4');
	});

	it('lists the available fields if one is missing', async () => {
		const error = await failureOf<MasvInputError>(sourcesOf({ items: [itemWith({ one: 'a', two: 'b' })] }));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe('The item has no binary field "data"');
		expect(error.hint).toBe('Available fields: one, two.');
	});

	it('says how to send files from disk if the item has no binary data', async () => {
		const error = await failureOf<MasvInputError>(sourcesOf({ items: [{ json: {} }] }));
		expect(error.hint).toMatch(/set File Source to Path on Disk\.$/);
	});

	it('reports that * found nothing', async () => {
		expect((await failureOf(sourcesOf({ items: [{ json: {} }] }, '*'))).message).toBe('The item has no binary data');
	});

	const inStore = (id: string, more = {}): IBinaryData => ({ id, data: 'x', mimeType: 'a/b', bytes: 1, ...more });
	const namesOf = (sources: NamedSource[]): string[] => sources.map(({ name }) => name);

	it('sends the binary data that an expression returns, of any item', async () => {
		const items = [{ json: {}, binary: { reel: inStore('s3:1') } }];
		const own = items[0]?.binary.reel as IBinaryData;
		const foreign = inStore('s3:2', { fileName: 'other.mov' });
		expect(namesOf(await sourcesOf({ items }, [{ ...own }, foreign, inStore('s3:3')]))).toEqual([
			'reel',
			'other.mov',
			'data',
		]);
		const [inItself] = await sourcesOf({}, { data: Buffer.from('inside').toString('base64'), mimeType: 'a/b' });
		expect(await bytesOf(inItself as NamedSource)).toBe('inside');
	});

	it.each<[string, string | string[]]>([
		['named twice', 'data,data'],
		['named and among all', 'data, *'],
		['followed by a comma', 'data,'],
		['named in an array', ['data', 'data']],
	])('sends a file once that is %s', async (_, names) => {
		expect(namesOf(await sourcesOf({ items: [itemWith({ data: 'a.mov' })] }, names as never))).toEqual(['a.mov']);
	});

	it('sends a file once that is named and returned by an expression', async () => {
		const items = [{ json: {}, binary: { data: inStore('s3:1') } }];
		expect(await sourcesOf({ items }, ['data', inStore('s3:1')] as never)).toHaveLength(1);
	});

	it('finds a field whose name contains a comma, alone and among others', async () => {
		const items = [itemWith({ 'a, b': '1', c: '2', a: '3' })];
		expect(namesOf(await sourcesOf({ items }, 'a, b'))).toEqual(['1']);
		expect(namesOf(await sourcesOf({ items }, 'c,a, b,a'))).toEqual(['2', '1', '3']);
	});

	it('finds many names without trying all that lies between any two commas', async () => {
		const { n8n } = fakeN8n({ items: [itemWith({ data: 'a.mov' })] });
		const looks = jest.spyOn(n8n.helpers, 'assertBinaryData');
		expect(namesOf(await binarySources(n8n, 0, ['data,'.repeat(500)], ''))).toEqual(['a.mov']);
		expect(looks.mock.calls.length).toBeLessThan(32 * 501);
	});

	it.each([
		[{ fileName: '', fileExtension: 'mp4' }, 'data.mp4'],
		[{ fileName: ' ', fileExtension: '.mp4' }, 'data.mp4'],
		[{ fileName: null, fileExtension: null }, 'data'],
		[{ fileName: '', fileExtension: '' }, 'data'],
		[{ fileExtension: '' }, 'data'],
	])('names a file after its field if it has the name %j', async (facts, name) => {
		expect(namesOf(await sourcesOf({ items: [stored('s3:1', { bytes: 1, ...facts })] }))).toEqual([name]);
	});

	describe("in n8n's combined binary mode", () => {
		const _files = { data: inStore('s3:1'), 'b, c.d': inStore('s3:2'), note: 'text' };
		const items = [{ json: { _files } as unknown as IDataObject }];

		it.each([
			['data', ['data']],
			['_files.data', ['data']],
			['*', ['data', 'b, c.d']],
			['b, c.d,data', ['b, c.d', 'data']],
		])('finds %j', async (names, found) => {
			expect(namesOf(await sourcesOf({ items, isCombined: true }, names))).toEqual(found);
		});

		it('lists the available fields if one is missing', async () => {
			const error = await failureOf<MasvInputError>(sourcesOf({ items, isCombined: true }, 'note'));
			expect([error.message, error.hint]).toEqual([
				'The item has no binary field "note"',
				'Available fields: data, b, c.d.',
			]);
		});

		it('is not assumed: the JSON of other workflows may come from anyone', async () => {
			expect((await failureOf(sourcesOf({ items }, '*'))).message).toBe('The item has no binary data');
		});
	});

	it.each(['a/../b', 'a\nb'])('rejects %j as a folder', async (folder) => {
		expect(await failureOf(sourcesOf({ items: [itemWith({ data: 'a' })] }, 'data', folder))).toBeInstanceOf(
			MasvInputError,
		);
	});
});
