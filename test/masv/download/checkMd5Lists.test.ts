import { MasvClient } from '../../../masv/client';
import { checkMd5Lists, maxListBytes } from '../../../masv/download/checkMd5Lists';
import { toPackageEntry } from '../../../masv/download/packageEntry';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { instantClock } from '../../support/instantClock';

/** Requests nothing. */
const clientWithout = (): MasvClient =>
	new MasvClient({
		transport: () => Promise.reject(new Error('Nothing is requested')),
		clock: instantClock(),
		hashing: nodeHashing,
		baseUrl: 'https://masv.test',
	});

describe('the lists of MD5s of a package', () => {
	it('are read up to a number of bytes together, and those left out are named', async () => {
		const client = clientWithout();
		const there = ['a.md5', 'b.md5', 'c.md5'].map((path) => ({
			path,
			entry: toPackageEntry({ id: path, name: path }),
		}));
		const line = new TextEncoder().encode('# a comment\n');
		const limits: number[] = [];
		const warnings: string[] = [];
		const { lists } = await checkMd5Lists(
			client,
			{
				there,
				left: [],
				read: async ({ path }, maxBytes) => {
					limits.push(maxBytes);
					return await Promise.resolve(path === 'b.md5' ? undefined : line);
				},
				md5Of: async () => await Promise.resolve(undefined),
			},
			(text) => warnings.push(text),
		);
		expect(limits).toEqual([maxListBytes, maxListBytes - line.length, maxListBytes - line.length]);
		expect(lists).toEqual(['a.md5', 'c.md5']);
		expect(warnings[0]).toBe(
			'"b.md5" was not checked: it cannot be read, or all lists together have more than 64.0 MiB.',
		);
	});

	it.each<[string, (text: string) => Buffer]>([
		['UTF-8', (text) => Buffer.from(text)],
		['UTF-8 with a mark', (text) => Buffer.from(`\uFEFF${text}`)],
		['UTF-16', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
		['UTF-16, the high byte first', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
	])('may be written in %s', async (_, encode) => {
		const there = ['MD5SUMS', 'Größe.mov'].map((path) => ({ path, entry: toPackageEntry({ id: path, name: path }) }));
		const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
		const check = await checkMd5Lists(
			clientWithout(),
			{
				...{ there, left: [] },
				read: async () => await Promise.resolve(encode(`${md5}  Größe.mov\r\n`)),
				md5Of: async () => await Promise.resolve(md5),
			},
			() => undefined,
		);
		expect(check).toMatchObject({ verified: 1, failed: 0, missing: 0, unlisted: 0, unknown_lines: 0 });
	});

	it('need not contain what nobody has sent: archives that MASV has made', async () => {
		const there = ['MD5SUMS', 'sent.mov', 'all.zip'].map((path) => ({
			path,
			entry: toPackageEntry({ id: path, name: path, kind: path === 'all.zip' ? 'zip_package' : 'file' }),
		}));
		const { unlisted } = await checkMd5Lists(
			clientWithout(),
			{
				...{ there, left: [] },
				read: async () => await Promise.resolve(new Uint8Array(0)),
				md5Of: async () => await Promise.resolve(undefined),
			},
			() => undefined,
		);
		expect(unlisted).toBe(1);
	});
});
