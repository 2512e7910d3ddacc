import { groupFiles, readAhead, smallBytes } from '../../../masv/upload/readAhead';
import type { FileSource, RangeReader, RangeSource } from '../../../masv/upload/source';
import { bufferSource } from '../../../masv/upload/source';
import { failureOf } from '../../support/failureOf';
import { patternBytes, rangeOf, streamOf } from '../../support/testMasv';

/** Sources that tell what is done with them. */
function observed(contents: Buffer[]) {
	const opened: string[] = [];
	const reads: string[] = [];
	const closed: string[] = [];
	const sources = contents.map((content, index): RangeSource => {
		const source = rangeOf(`f${index}`, content);
		return {
			...source,
			open: async () => {
				opened.push(source.name);
				const reader = await source.open();
				return {
					...reader,
					read: async (into, position) => {
						reads.push(source.name);
						return await reader.read(into, position);
					},
					close: () => void closed.push(source.name),
				};
			},
		};
	});
	return { sources, opened, reads, closed };
}

const open = async (source: FileSource | undefined) => await (source as RangeSource).open();
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `f${from + index}`);
const small = (count: number, seed = 0) =>
	Array.from({ length: count }, (_, index) => patternBytes(100 + index, seed + index));

describe('reading ahead', () => {
	it('opens and reads a group when the first of it is opened, and the next group when its turn comes', async () => {
		const contents = small(groupFiles + 5);
		const { sources, opened, reads } = observed(contents);
		const ahead = readAhead(sources);
		expect(opened).toEqual([]);
		for (const [index, source] of ahead.sources.entries()) {
			const reader = await open(source);
			expect(opened).toEqual(names(0, index < groupFiles ? groupFiles : groupFiles + 5));
			const into = new Uint8Array(contents[index]?.length ?? 0);
			expect(await reader.read(into, 0)).toBe(into.length);
			expect(Buffer.from(into).equals(contents[index] as Buffer)).toBe(true);
			reader.close();
		}
		expect(reads).toEqual(opened);
		await ahead.close();
	});

	it('gives any part of a file, and asks the file itself for what is behind what was read', async () => {
		const { sources, reads } = observed([Buffer.from('content')]);
		const reader = await open(readAhead(sources).sources[0]);
		const into = new Uint8Array(4);
		expect([await reader.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
		expect(await reader.read(into, 5)).toBe(2);
		expect(reads).toEqual(['f0']);
		expect(await reader.read(into, 7)).toBe(0);
		expect(reads).toEqual(['f0', 'f0']);
		expect(reader.look().bytes).toBe(7);
	});

	it('leaves large files and streams alone', async () => {
		const { sources, opened } = observed([Buffer.alloc(10), Buffer.alloc(smallBytes + 1), Buffer.alloc(smallBytes)]);
		const stream = streamOf('s', Buffer.from('x'));
		const ahead = readAhead([...sources, stream]);
		await open(ahead.sources[0]);
		expect(opened).toEqual(['f0', 'f2']);
		expect(ahead.sources[1]).toBe(sources[1]);
		expect(ahead.sources[3]).toBe(stream);
	});

	it('tells a failure to the one whose file it is, and closes what could not be read', async () => {
		const { sources, closed } = observed(small(3));
		const reader = await open(sources[2]);
		const broken: RangeReader = { ...reader, read: () => Promise.reject(new Error('EIO')) };
		const unreadable = (index: number, opened: Promise<RangeReader>): RangeSource => ({
			...(sources[index] as RangeSource),
			open: async () => await opened,
		});
		const missing = Promise.reject<RangeReader>(new Error('ENOENT'));
		const ahead = readAhead([
			sources[0] as RangeSource,
			unreadable(1, missing),
			unreadable(2, Promise.resolve(broken)),
		]);
		(await open(ahead.sources[0])).close();
		expect(await failureOf(open(ahead.sources[1]))).toMatchObject({ message: 'ENOENT' });
		expect(await failureOf(open(ahead.sources[2]))).toMatchObject({ message: 'EIO' });
		expect(closed).toEqual(['f2', 'f0']);
		await ahead.close();
	});

	it('opens a file that is opened once more anew', async () => {
		const { sources, opened } = observed(small(1));
		const [source] = readAhead(sources).sources;
		(await open(source)).close();
		(await open(source)).close();
		expect(opened).toEqual(['f0', 'f0']);
	});

	it('closes in the end what nobody has asked for, and opens nothing more', async () => {
		const { sources, opened, closed } = observed(small(groupFiles + 1));
		const ahead = readAhead(sources);
		(await open(ahead.sources[0])).close();
		await ahead.close();
		expect(opened).toEqual(names(0, groupFiles));
		expect(closed.toSorted()).toEqual(opened.toSorted());
	});

	it('takes an empty file and content in memory as any other', async () => {
		const modifiedAt = new Date(0);
		const [empty, content] = readAhead([
			bufferSource(Buffer.alloc(0), { name: 'a', path: '', modifiedAt }),
			bufferSource(Buffer.from('b'), { name: 'b', path: '', modifiedAt }),
		]).sources;
		expect(await (await open(empty)).read(new Uint8Array(1), 0)).toBe(0);
		expect(await (await open(content)).read(new Uint8Array(1), 0)).toBe(1);
	});
});
