import { MasvClient } from '../../../masv/client';
import { checkMd5Lists, maxListBytes } from '../../../masv/download/checkMd5Lists';
import type { PackageEntry } from '../../../masv/download/selectFiles';
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
			entry: { name: path, file: {} } as PackageEntry,
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

	it('need not contain what nobody has sent: archives that MASV has made', async () => {
		const there = ['MD5SUMS', 'sent.mov', 'all.zip'].map((path) => ({
			path,
			entry: { name: path, file: { kind: path === 'all.zip' ? 'zip_package' : 'file' } } as PackageEntry,
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
