import { watchStreams } from '../../../masv/download/md5sOfStreams';
import type { PackageEntry } from '../../../masv/download/selectFiles';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { reusedMemory } from '../../support/reusedMemory';

const mebibyte = new Uint8Array(1024 * 1024).fill(7);

function entryOf(name: string): PackageEntry {
	return { id: name, name, path: '' } as PackageEntry;
}

async function* mebibytes(count: number): AsyncGenerator<Uint8Array> {
	for (let sent = 0; sent < count; sent++) yield await Promise.resolve(mebibyte);
}

describe('the content of lists that are received as streams', () => {
	it('is kept up to 64 MiB of all lists together, and the MD5 of each is known', async () => {
		const streams = watchStreams(nodeHashing);
		const sizes: Array<[string, number]> = [
			['first.md5', 40],
			['second.md5', 30],
			['third.md5', 24],
			['fourth.md5', 1],
		];
		for (const [name, count] of sizes) {
			let bytes = 0;
			for await (const piece of streams.watch(entryOf(name), mebibytes(count))) bytes += piece.length;
			expect(bytes).toBe(count * mebibyte.length);
		}
		const entries = sizes.map(([name]) => entryOf(name));
		const { read, md5Of } = streams.received(entries, []);
		const kept = await Promise.all(entries.map(async (entry) => await read({ path: entry.name, entry }, Infinity)));
		expect(kept.map((content) => content?.length)).toEqual([
			40 * mebibyte.length,
			undefined,
			24 * mebibyte.length,
			undefined,
		]);
		const md5s = await Promise.all(entries.map(async (entry) => await md5Of({ path: entry.name, entry })));
		expect(md5s).toEqual(md5s.map(() => expect.stringMatching(/^[0-9a-f]{32}$/) as unknown));
	});

	it('is copied, because the memory of a piece is used again', async () => {
		const streams = watchStreams(nodeHashing);
		const entry = entryOf('sums.md5');
		for await (const _ of streams.watch(entry, reusedMemory('abc', 'def')));
		const content = await streams.received([entry], []).read({ path: entry.name, entry }, Infinity);
		expect(Buffer.from(content ?? []).toString()).toBe('abcdef');
	});
});
