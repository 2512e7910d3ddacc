import { MasvCancelledError } from '../../../masv/errors';
import type { FileSource, RangeReader, RangeSource, ReadTogether, WholeFile } from '../../../masv/transfer/source';
import { filesPerGroup, maxSmallBytes, readAhead } from '../../../masv/upload/readAhead';
import { failureOf } from '../../support/failureOf';
import { patternBytes, rangeOf, streamOf } from '../../support/testSources';

/** Sources of one disk, which say what is done with them. */
function observed(contents: Buffer[]) {
	const opened: string[] = [];
	const closed: string[] = [];
	/** The names of each group. */
	const groups: string[][] = [];
	const stamp = { bytes: 7, modified: '1', changed: '2', device: '3', inode: '4' };
	/** What the groups were read into. */
	const buffers: Uint8Array[] = [];
	const readTogether: ReadTogether = (group, into) => {
		groups.push(group.map(({ name }) => name));
		buffers.push(into);
		let end = 0;
		const read = ({ name }: RangeSource): WholeFile => {
			const content = contents[Number(name.slice(1))] as Buffer;
			into.set(content, end);
			end += content.length;
			return { content: into.subarray(end - content.length, end), stamp };
		};
		return Promise.resolve(group.map(read));
	};
	const sources = contents.map((content, index): RangeSource => {
		const source = rangeOf(`f${index}`, content);
		return {
			...source,
			readTogether,
			open: async () => {
				opened.push(source.name);
				return { ...(await source.open()), close: () => void closed.push(source.name) };
			},
		};
	});
	return { sources, opened, closed, groups, buffers, stamp, readTogether };
}

/** What is sent of each file, and its end. */
function turnsOf(sources: FileSource[], signal?: AbortSignal) {
	const queue = readAhead(sources, signal);
	return sources.map((_, index) => ({ source: queue.source(index), release: () => queue.release(index) }));
}

const open = async (source: FileSource | undefined) => await (source as RangeSource).open();
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `f${from + index}`);
const small = (count: number, seed = 0) =>
	Array.from({ length: count }, (_, index) => patternBytes(100 + index, seed + index));

describe('reading ahead', () => {
	it('reads a group when the first of it is opened, and the next one when half of it has been', async () => {
		const contents = small(filesPerGroup + 5);
		const { sources, opened, groups } = observed(contents);
		const turns = turnsOf(sources);
		expect(groups).toEqual([]);
		for (const [index, { source }] of turns.entries()) {
			const reader = await open(source);
			expect(groups).toHaveLength(index < filesPerGroup / 2 ? 1 : 2);
			const into = new Uint8Array(contents[index]?.length ?? 0);
			expect(await reader.read(into, 0)).toBe(into.length);
			expect(Buffer.from(into).equals(contents[index] as Buffer)).toBe(true);
			reader.close();
		}
		expect(groups).toEqual([names(0, filesPerGroup), names(filesPerGroup, filesPerGroup + 5)]);
		expect(opened).toEqual([]);
	});

	it('gives any part of a file, and its state right after reading', async () => {
		const { sources, stamp } = observed([Buffer.from('content')]);
		const reader = await open(turnsOf(sources)[0]?.source);
		const into = new Uint8Array(4);
		expect([await reader.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
		expect([await reader.read(into, 5), await reader.read(into, 7), await reader.read(into, 99)]).toEqual([2, 0, 0]);
		expect(await reader.look()).toBe(stamp);
	});

	it('leaves alone large files, streams and what is in memory, and reads what is behind one later', async () => {
		const sizes = [10, maxSmallBytes, maxSmallBytes + 1, 10, 10, 10];
		const { sources, opened, groups } = observed(sizes.map((size) => Buffer.alloc(size)));
		const mixed = [
			...sources.slice(0, 5),
			rangeOf('m', Buffer.from('x')),
			streamOf('s', Buffer.from('x')),
			...sources.slice(5),
		];
		const turns = turnsOf(mixed);
		await open(turns[0]?.source);
		await open(turns[1]?.source);
		expect([groups, opened]).toEqual([[names(0, 2)], []]);
		await open(turns[2]?.source);
		await open(turns[4]?.source);
		await open(turns[3]?.source);
		await open(turns[5]?.source);
		expect([groups, opened]).toEqual([[names(0, 2), ['f4'], ['f3']], ['f2']]);
	});

	it('does not mix files of different disks', async () => {
		const [one, other] = [observed(small(2)), observed(small(2))];
		const turns = turnsOf([...one.sources, ...other.sources]);
		await open(turns[0]?.source);
		await open(turns[2]?.source);
		expect([one.groups, other.groups]).toEqual([[names(0, 2)], [names(0, 2)]]);
	});

	it('opens what could not be read together, which tells why', async () => {
		const { sources, opened } = observed(small(2));
		const readTogether: ReadTogether = (group) => Promise.resolve(group.map(() => undefined));
		const missing = { ...(sources[1] as RangeSource), open: () => Promise.reject<RangeReader>(new Error('ENOENT')) };
		const turns = turnsOf([sources[0] as RangeSource, missing].map((source) => ({ ...source, readTogether })));
		await open(turns[0]?.source);
		expect(opened).toEqual(['f0']);
		expect(await failureOf(open(turns[1]?.source))).toMatchObject({ message: 'ENOENT' });
	});

	it('opens a file that is opened once more anew', async () => {
		const { sources, opened, groups } = observed(small(1));
		const [turn] = turnsOf(sources);
		(await open(turn?.source)).close();
		(await open(turn?.source)).close();
		expect([groups, opened]).toEqual([[['f0']], ['f0']]);
	});

	it('forgets at the end of a turn what nobody has asked for, and reads nothing that is over', async () => {
		const { sources, opened, groups } = observed(small(4));
		const turns = turnsOf(sources);
		turns[2]?.release();
		await open(turns[0]?.source);
		expect(groups).toEqual([names(0, 2)]);
		turns[1]?.release();
		await open(turns[1]?.source);
		expect([groups.length, opened]).toEqual([1, ['f1']]);
	});

	describe('into memory that is used again', () => {
		/** Opens the first and the middle file of a group, so that it and the next one are read. */
		const openBoth = async (turns: ReturnType<typeof turnsOf>, first: number) => [
			await open(turns[first]?.source),
			await open(turns[first + filesPerGroup / 2]?.source),
		];
		/** Three groups; of the first one all but two files are over. */
		const begin = async (
			found: (files: Array<WholeFile | undefined>) => Array<WholeFile | undefined> = (all) => all,
			last?: Buffer,
		) => {
			const contents = Array.from({ length: 3 * filesPerGroup }, (_, index) => patternBytes(100, index));
			if (last !== undefined) contents[contents.length - 1] = last;
			const made = observed(contents);
			const readTogether: ReadTogether = async (group, into) => found(await made.readTogether(group, into));
			const turns = turnsOf(made.sources.map((source) => ({ ...source, readTogether })));
			const readers = await openBoth(turns, 0);
			for (const [index, turn] of turns.slice(0, filesPerGroup).entries()) {
				if (index !== 0 && index !== filesPerGroup / 2) turn.release();
			}
			return { ...made, turns, readers };
		};

		it('begins as soon as no file of the group is needed any more', async () => {
			const { buffers, turns, readers } = await begin();
			for (const reader of readers) reader.close();
			await openBoth(turns, filesPerGroup);
			expect(buffers).toHaveLength(3);
			expect(buffers[1]).not.toBe(buffers[0]);
			expect(buffers[2]).toBe(buffers[0]);
		});

		it('does without if the next group is longer', async () => {
			const last = patternBytes(200, 1);
			const { buffers, turns, readers } = await begin((all) => all, last);
			for (const reader of readers) reader.close();
			await openBoth(turns, filesPerGroup);
			const reader = await open(turns.at(-1)?.source);
			const into = Buffer.alloc(last.length);
			await reader.read(into, 0);
			expect(into.equals(last)).toBe(true);
			expect(new Set(buffers).size).toBe(3);
		});

		it('counts a file once, however often it is closed and released', async () => {
			const { buffers, turns, readers } = await begin();
			for (let times = 0; times < 3; times++) {
				readers[0]?.close();
				turns[0]?.release();
			}
			await openBoth(turns, filesPerGroup);
			expect(new Set(buffers).size).toBe(3);
		});

		it('leaves alone what a read that hangs may still write into', async () => {
			const { buffers, turns, readers } = await begin((files) => [...files.slice(0, -1), undefined]);
			for (const reader of readers) reader.close();
			await openBoth(turns, filesPerGroup);
			expect(new Set(buffers).size).toBe(3);
		});

		it('gives nothing of what is there then to who has closed the file', async () => {
			const { readers } = await begin();
			readers[0]?.close();
			expect(await failureOf(readers[0]?.read(new Uint8Array(1), 0) as Promise<number>)).toMatchObject({
				message: 'The reader is closed',
			});
		});
	});

	describe('from a disk that hangs', () => {
		const never = async () => await new Promise<never>(() => undefined);

		it('ends the wait for a group when the run is stopped', async () => {
			const stop = new AbortController();
			const hanging = observed(small(2)).sources.map((source) => ({ ...source, readTogether: never }));
			const failure = failureOf(open(readAhead(hanging, stop.signal).source(0)));
			stop.abort(new Error('stop button'));
			expect(await failure).toBeInstanceOf(MasvCancelledError);
		});

		it('ends the wait for a file when the run is stopped, and closes it if it opens later', async () => {
			const stop = new AbortController();
			const { sources, closed } = observed([Buffer.alloc(maxSmallBytes + 1)]);
			let respond: () => void = () => undefined;
			const responded = new Promise<void>((resolve) => (respond = resolve));
			const hanging = sources.map((source) => ({
				...source,
				open: async () => {
					await responded;
					return await source.open();
				},
			}));
			const failure = failureOf(open(readAhead(hanging, stop.signal).source(0)));
			stop.abort(new Error('stop button'));
			expect(await failure).toBeInstanceOf(MasvCancelledError);
			expect(closed).toEqual([]);
			respond();
			while (closed.length < 1) await new Promise((resolve) => setImmediate(resolve));
			expect(closed).toEqual(['f0']);
		});

		it.each(['look', 'read'] as const)('ends "%s" when the run is stopped', async (call) => {
			const stop = new AbortController();
			const source = rangeOf('a', Buffer.alloc(maxSmallBytes + 1));
			const hanging = { ...source, open: async () => ({ ...(await source.open()), [call]: never }) };
			const reader = await open(readAhead([hanging], stop.signal).source(0));
			const failure = failureOf(call === 'look' ? reader.look() : reader.read(new Uint8Array(1), 0));
			stop.abort();
			expect(await failure).toBeInstanceOf(MasvCancelledError);
		});
	});
});
