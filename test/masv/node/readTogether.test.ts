import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { diskSource } from '../../../masv/node/diskSource';
import type { FileCalls } from '../../../masv/node/fileCalls';
import { fileCalls } from '../../../masv/node/fileCalls';
import { readTogether, type ReadOptions } from '../../../masv/node/readTogether';
import type { FileStamp, RangeSource, WholeFile } from '../../../masv/transfer/source';
import { steppedClock } from '../../support/steppedClock';
import { useTestFiles } from '../../support/testFiles';

const createFile = useTestFiles();

async function sourcesOf(...contents: string[]) {
	return await Promise.all(
		contents.map(async (content) => {
			const { location, facts } = await createFile(Buffer.from(content));
			return diskSource(location, facts);
		}),
	);
}

const read = async (sources: RangeSource[], options?: ReadOptions) =>
	await readTogether(sources, new Uint8Array(sources.reduce((sum, { bytes }) => sum + bytes, 0)), options);

const texts = (files: Array<WholeFile | undefined>) =>
	files.map((file) => file && Buffer.from(file.content).toString());

/** Calls that count what is open. */
function counting(change: Partial<FileCalls> = {}) {
	const open = new Set<number>();
	const opened: string[] = [];
	const calls: FileCalls = {
		...fileCalls,
		open: async (path, flags) => {
			opened.push(path);
			const file = await fileCalls.open(path, flags);
			open.add(file);
			return file;
		},
		close: (file) => {
			open.delete(file);
			fileCalls.close(file);
		},
		...change,
	};
	return { open, opened, calls };
}

describe('reading files together', () => {
	it('gives the content and the state of each, and leaves none open', async () => {
		const sources = await sourcesOf('one', '', 'three');
		const { calls, open } = counting();
		const files = await read(sources, { calls });
		expect(texts(files)).toEqual(['one', '', 'three']);
		expect(files.map((file) => file?.stamp)).toEqual(sources.map(({ stamp }) => stamp));
		expect(open.size).toBe(0);
	});

	it('reads the first file with the usual calls, and the others of its disk with quick ones, if there are any', async () => {
		const sources = await sourcesOf('one', 'two', 'three', 'four');
		const [, , moved, unknown] = sources as [unknown, unknown, (typeof sources)[0], (typeof sources)[0]];
		moved.stamp = { ...moved.stamp, device: 'another' } as FileStamp;
		unknown.stamp = undefined;
		const [usual, quick] = [counting(), counting()];
		const asked: string[] = [];
		const quickCallsAt = (location: string) => {
			asked.push(location);
			return Promise.resolve(quick.calls);
		};
		const files = await read(sources, { calls: usual.calls, quickCallsAt });
		expect(texts(files)).toEqual(['one', 'two', 'three', 'four']);
		expect(asked).toEqual([sources[0]?.location]);
		const [first, second, ...others] = sources.map(({ location }) => location);
		expect([usual.opened, quick.opened]).toEqual([[first, ...others], [second]]);
		expect([usual.open.size, quick.open.size]).toEqual([0, 0]);
	});

	it.each([
		['of no disk with quick calls', () => Promise.resolve(undefined), false],
		['whose first file cannot be read', (quick: FileCalls) => Promise.resolve(quick), true],
	])('uses the usual calls for files %s', async (_, quickCallsAt, isMissing) => {
		const sources = await sourcesOf('one', 'two');
		if (isMissing) {
			await rm(sources[0]?.location as string);
			for (const source of sources) source.stamp = undefined;
		}
		const [usual, quick] = [counting(), counting()];
		await read(sources, { calls: usual.calls, quickCallsAt: () => quickCallsAt(quick.calls) });
		expect(usual.opened).toContain(sources[1]?.location);
		expect(quick.opened).toEqual([]);
	});

	it('reads on where a drive gives less than was asked for', async () => {
		const { calls } = counting({
			read: async (file, into, position) => await fileCalls.read(file, into.subarray(0, 2), position),
		});
		expect(texts(await read(await sourcesOf('seven.', 'eleven'), { calls }))).toEqual(['seven.', 'eleven']);
	});

	it('keeps files apart that have grown or become shorter since they were listed', async () => {
		const sources = await sourcesOf('aaaa', 'bbbb', 'cccc');
		await appendFile(sources[0]?.location as string, 'AAAAAAAA');
		await truncate(sources[1]?.location as string, 1);
		const files = await read(sources);
		expect(texts(files)).toEqual(['aaaa', 'b', 'cccc']);
		expect(files.map((file) => file?.stamp.bytes)).toEqual([12, 1, 4]);
	});

	it('gives nothing of a file that fails, and the others nevertheless', async () => {
		let reads = 0;
		const { calls, open } = counting({
			read: async (...parameters) => {
				if (++reads === 2) throw new Error('EIO');
				return await fileCalls.read(...parameters);
			},
		});
		expect(texts(await read(await sourcesOf('one', 'two', 'three'), { calls }))).toEqual(['one', undefined, 'three']);
		expect(open.size).toBe(0);
	});

	it('gives nothing of a pipe, or of what is behind a link in the path, and the others nevertheless', async () => {
		const [mine, pipe, linked, missing] = await sourcesOf('mine', 'pipe', 'linked', 'missing');
		const at = (source: typeof mine) => source?.location as string;
		await rm(at(pipe));
		execFileSync('mkfifo', [at(pipe)]);
		const inner = join(dirname(at(linked)), 'inner');
		await mkdir(inner);
		await rename(at(linked), join(inner, 'file'));
		await rename(inner, `${inner} moved`);
		await symlink(`${inner} moved`, inner);
		await rm(at(missing));
		const sources = [mine, pipe, { ...linked, location: join(inner, 'file') }, missing];
		const { calls, open } = counting();
		expect(texts(await read(sources as never, { calls }))).toEqual(['mine', undefined, undefined, undefined]);
		expect(open.size).toBe(0);
		await rm(at(pipe));
		await rm(inner);
		await rm(`${inner} moved`, { recursive: true });
	});

	it.each(['open', 'read', 'look'] as const)(
		'does not wait for a disk that hangs in "%s", and closes later',
		async (call) => {
			let respond: () => void = () => undefined;
			const responded = new Promise<void>((resolve) => (respond = resolve));
			let late: () => void = () => undefined;
			let calls = 0;
			const hanging = async (...parameters: never[]) => {
				if (++calls === 3) {
					// Lets the calls for the other file end.
					await steppedClock().advance(0);
					late();
					await responded;
				}
				return await (counted[call] as (...all: never[]) => Promise<never>)(...parameters);
			};
			const { calls: counted, open } = counting();
			const files = await read(await sourcesOf('first', 'one', 'two'), {
				calls: { ...counted, [call]: hanging },
				timer: (run) => {
					late = run;
					return () => undefined;
				},
			});
			expect(texts(files)).toEqual(['first', undefined, undefined]);
			// Only the one that hangs.
			expect(open.size).toBe(call === 'open' ? 0 : 1);
			respond();
			// Lets the calls to the disk end.
			await steppedClock().advance(0);
			expect(open.size).toBe(0);
		},
	);
});
