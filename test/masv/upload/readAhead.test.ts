import { MasvCancelledError } from '../../../masv/errors';
import { filesPerGroup, readAhead, maxSmallBytes } from '../../../masv/upload/readAhead';
import type { FileSource, RangeReader, RangeSource } from '../../../masv/transfer/source';
import { failureOf } from '../../support/failureOf';
import { patternBytes, rangeOf, streamOf } from '../../support/testMasv';
import { bufferSource } from '../../../masv/transfer/bufferSource';

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

/** What is sent of each file, and its end. */
function turnsOf(sources: FileSource[], signal?: AbortSignal) {
	const queue = readAhead(sources, signal);
	return sources.map((_, index) => ({
		source: queue.source(index),
		release: () => queue.release(index),
	}));
}

const open = async (source: FileSource | undefined) => await (source as RangeSource).open();
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `f${from + index}`);
const small = (count: number, seed = 0) =>
	Array.from({ length: count }, (_, index) => patternBytes(100 + index, seed + index));

describe('reading ahead', () => {
	it('opens and reads a group when the first of it is opened, and the next group when its turn comes', async () => {
		const contents = small(filesPerGroup + 5);
		const { sources, opened, reads } = observed(contents);
		const turns = turnsOf(sources);
		expect(opened).toEqual([]);
		for (const [index, { source }] of turns.entries()) {
			const reader = await open(source);
			expect(opened).toEqual(names(0, index < filesPerGroup ? filesPerGroup : filesPerGroup + 5));
			const into = new Uint8Array(contents[index]?.length ?? 0);
			expect(await reader.read(into, 0)).toBe(into.length);
			expect(Buffer.from(into).equals(contents[index] as Buffer)).toBe(true);
			reader.close();
		}
		expect(reads).toEqual(opened);
	});

	it('reads a file whole, however little a read gives, and closes it before it is sent', async () => {
		const { sources, reads, closed } = observed([Buffer.from('content')]);
		const slow = sources.map((source) => ({
			...source,
			open: async () => {
				const reader = await source.open();
				const read = async (into: Uint8Array, position: number) => await reader.read(into.subarray(0, 3), position);
				return { ...reader, read };
			},
		}));
		const reader = await open(turnsOf(slow)[0]?.source);
		expect([reads.length, closed]).toEqual([3, ['f0']]);
		const into = new Uint8Array(4);
		expect([await reader.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
		expect([await reader.read(into, 5), await reader.read(into, 7), await reader.read(into, 99)]).toEqual([2, 0, 0]);
		expect(reads).toHaveLength(3);
	});

	it('ends a file early that has become shorter, and knows its state after reading it', async () => {
		const planned = rangeOf('a', Buffer.from('content'));
		const shorter = rangeOf('a', Buffer.from('con'));
		let looks = 0;
		const openShorter = async () => {
			const reader = await shorter.open();
			const look = async () => {
				looks++;
				return await reader.look();
			};
			return { ...reader, look };
		};
		const reader = await open(turnsOf([{ ...planned, open: openShorter }])[0]?.source);
		expect([await reader.read(new Uint8Array(7), 0), await reader.read(new Uint8Array(7), 3)]).toEqual([3, 0]);
		expect([(await reader.look()).bytes, looks]).toEqual([3, 1]);
	});

	it('leaves large files and streams alone, and what stands behind one for later', async () => {
		const sizes = [10, maxSmallBytes, maxSmallBytes + 1, 10, 10];
		const { sources, opened } = observed(sizes.map((size) => Buffer.alloc(size)));
		const stream = streamOf('s', Buffer.from('x'));
		const turns = turnsOf([...sources, stream]);
		await open(turns[0]?.source);
		expect(opened).toEqual(names(0, 2));
		await open(turns[4]?.source);
		await open(turns[3]?.source);
		expect(opened).toEqual(['f0', 'f1', 'f4', 'f3']);
	});

	it('closes what could not be read ahead, and lets each file be tried at its own turn', async () => {
		const { sources, opened, closed } = observed(small(3));
		let isBroken = true;
		const flaky = (source: RangeSource, how: 'open' | 'read'): RangeSource => ({
			...source,
			open: async () => {
				if (isBroken && how === 'open') throw new Error('ESTALE');
				const reader = await source.open();
				return isBroken ? { ...reader, read: () => Promise.reject(new Error('EIO')) } : reader;
			},
		});
		const missing = { ...(sources[2] as RangeSource), open: () => Promise.reject<RangeReader>(new Error('ENOENT')) };
		const turns = turnsOf([
			flaky(sources[0] as RangeSource, 'open'),
			flaky(sources[1] as RangeSource, 'read'),
			missing,
		]);
		expect(await failureOf(open(turns[0]?.source))).toMatchObject({ message: 'ESTALE' });
		expect([opened, closed]).toEqual([['f1'], ['f1']]);
		isBroken = false;
		expect(await (await open(turns[1]?.source)).read(new Uint8Array(1), 0)).toBe(1);
		expect(await failureOf(open(turns[2]?.source))).toMatchObject({ message: 'ENOENT' });
	});

	it('opens a file that is opened once more anew', async () => {
		const { sources, opened } = observed(small(1));
		const [turn] = turnsOf(sources);
		(await open(turn?.source)).close();
		(await open(turn?.source)).close();
		expect(opened).toEqual(['f0', 'f0']);
	});

	it('keeps the files of a group apart, even if one has grown since it was listed', async () => {
		const [a, b] = [Buffer.from('aaaa'), Buffer.from('bbbb')];
		const grown = { ...rangeOf('a', Buffer.from('aaaaaaaaaa')), bytes: a.length };
		// The larger file is read last.
		const late = {
			...grown,
			open: async () => {
				const reader = await grown.open();
				return {
					...reader,
					read: async (into: Uint8Array, position: number) => {
						await new Promise((resolve) => setImmediate(resolve));
						return await reader.read(into, position);
					},
				};
			},
		};
		const [first, second] = turnsOf([late, rangeOf('b', b)]);
		const into = new Uint8Array(4);
		const readers = [await open(first?.source), await open(second?.source)];
		await readers[1]?.read(into, 0);
		expect(Buffer.from(into).toString()).toBe('bbbb');
		expect((await readers[0]?.look())?.bytes).toBe(10);
	});

	it('forgets at the end of a turn what nobody has asked for, and opens nothing that is over', async () => {
		const { sources, opened, closed } = observed(small(4));
		const turns = turnsOf(sources);
		turns[2]?.release();
		(await open(turns[0]?.source)).close();
		expect([opened, closed.sort()]).toEqual([names(0, 2), names(0, 2)]);
		turns[1]?.release();
		await open(turns[1]?.source);
		expect(opened).toEqual([...names(0, 2), 'f1']);
	});

	it('takes an empty file and content in memory as any other', async () => {
		const modifiedAt = new Date(0);
		const [empty, content] = turnsOf([
			bufferSource(Buffer.alloc(0), { name: 'a', path: '', modifiedAt }),
			bufferSource(Buffer.from('b'), { name: 'b', path: '', modifiedAt }),
		]);
		expect(await (await open(empty?.source)).read(new Uint8Array(1), 0)).toBe(0);
		expect(await (await open(content?.source)).read(new Uint8Array(1), 0)).toBe(1);
	});

	describe('from a disk that hangs', () => {
		it('ends each wait when the run is stopped, and closes what opens later', async () => {
			const stop = new AbortController();
			const { sources, closed } = observed(small(2));
			let respond: () => void = () => undefined;
			const responded = new Promise<void>((resolve) => (respond = resolve));
			const hanging = sources.map((source) => ({
				...source,
				open: async () => {
					await responded;
					return await source.open();
				},
			}));
			const queue = readAhead(hanging, stop.signal);
			const failure = failureOf(open(queue.source(0)));
			stop.abort(new Error('stop button'));
			expect(await failure).toBeInstanceOf(MasvCancelledError);
			queue.release(0);
			queue.release(1);
			expect(closed).toEqual([]);
			respond();
			while (closed.length < 2) await new Promise((resolve) => setImmediate(resolve));
			expect(closed.sort()).toEqual(['f0', 'f1']);
		});

		it.each<[keyof RangeReader, number]>([
			['look', maxSmallBytes + 1],
			['read', maxSmallBytes + 1],
		])('ends "%s" of a file of %i bytes when the run is stopped', async (call, size) => {
			const stop = new AbortController();
			const source = rangeOf('a', Buffer.alloc(size));
			const never = async () => await new Promise<never>(() => undefined);
			const hanging = { ...source, open: async () => ({ ...(await source.open()), [call]: never }) };
			const reader = await open(readAhead([hanging], stop.signal).source(0));
			const failure = failureOf(call === 'look' ? reader.look() : reader.read(new Uint8Array(1), 0));
			stop.abort();
			expect(await failure).toBeInstanceOf(MasvCancelledError);
		});
	});
});
