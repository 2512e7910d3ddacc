import { constants } from 'node:fs';
import type * as fs from 'node:fs/promises';
import {
	appendFile,
	chmod,
	mkdir,
	mkdtemp,
	open,
	readdir,
	readFile,
	readlink,
	rm,
	stat,
	symlink,
	writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderJournal } from '../../../masv/node/folderJournal';
import { describeJournal } from '../../contracts/journal';
import { failureOf } from '../../support/failureOf';

jest.mock('node:fs/promises', () => {
	const actual = jest.requireActual<typeof fs>('node:fs/promises');
	return { ...actual, open: jest.fn(actual.open) };
});

const actual = jest.requireActual<typeof fs>('node:fs/promises');
const mockedOpen = open as jest.MockedFunction<typeof open>;

let folder: string;
let file: string;
beforeEach(async () => {
	mockedOpen.mockImplementation(actual.open);
	folder = await mkdtemp(join(tmpdir(), 'masv-journal-'));
	file = join(folder, 'key.jsonl');
});
afterEach(async () => {
	await chmod(folder, 0o700).catch(() => undefined);
	await rm(folder, { recursive: true, force: true });
});

it('outlives a power failure with a durable line and those before it, and does not wait for the disk otherwise', async () => {
	const synced: number[] = [];
	mockedOpen.mockImplementation(async (...args) => {
		const handle = await actual.open(...args);
		handle.datasync = async () => void synced.push((await handle.stat()).size);
		return handle;
	});
	const record = await folderJournal(folder).open('key');
	await record.append({ part: 1 });
	await record.append({ part: 2 }, { durable: true });
	await record.append({ part: 3 });
	await record.close();
	expect(synced).toEqual(['\n{"part":1}\n{"part":2}'.length]);
});

/** Descriptors of files in the folder that are open in this process. */
async function openFiles(): Promise<string[]> {
	const names = await readdir('/proc/self/fd');
	const targets = await Promise.all(names.map(async (name) => await readlink(`/proc/self/fd/${name}`).catch(() => '')));
	return targets.filter((target) => target.startsWith(folder));
}

describe('a record on a disk that has become read-only', () => {
	const isWriting = (flags: unknown): boolean => (Number(flags) & (constants.O_RDWR | constants.O_WRONLY)) !== 0;

	beforeEach(async () => {
		await writeFile(file, '\n{"part":1}');
		mockedOpen.mockImplementation(async (path, flags, mode) => {
			if (isWriting(flags)) throw Object.assign(new Error('EROFS: read-only file system, open'), { code: 'EROFS' });
			return await actual.open(path, flags, mode);
		});
	});

	it('is read, but not written', async () => {
		const record = await folderJournal(folder).open('key');
		expect(record.lines).toEqual([{ part: 1 }]);
		await expect(record.append({ part: 2 })).rejects.toThrow('EROFS: read-only file system');
		await expect(record.replace?.([{ part: 2 }])).rejects.toThrow('EROFS: read-only file system');
		await record.close();
		expect(await readFile(file, 'utf8')).toBe('\n{"part":1}');
		expect(await openFiles()).toEqual([]);
	});

	it('cannot be opened if it cannot be read either', async () => {
		mockedOpen.mockRejectedValue(Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' }));
		await expect(folderJournal(folder).open('key')).rejects.toThrow('EACCES');
	});

	it('fails when the first line is written, if there is none', async () => {
		await rm(file);
		// The system says first that there is no such file.
		mockedOpen.mockImplementationOnce(actual.open);
		const record = await folderJournal(folder).open('key');
		expect(record.lines).toEqual([]);
		await expect(record.append({ part: 1 })).rejects.toThrow('EROFS: read-only file system');
	});
});

type Write = (bytes: Buffer, offset: number, length?: number) => Promise<{ bytesWritten: number }>;

/** Lets each write of the files that are opened from now on do this instead. */
function onWrite(replace: (write: Write) => Write): void {
	mockedOpen.mockImplementation(async (...args) => {
		const handle = await actual.open(...args);
		const write = handle.write.bind(handle) as Write;
		handle.write = replace(write) as unknown as typeof handle.write;
		return handle;
	});
}

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describeJournal('a folder', async () => {
	const own = await mkdtemp(join(tmpdir(), 'masv-journal-'));
	let isFull = false;
	onWrite(
		(write) =>
			async (...args) =>
				isFull ? await Promise.reject(full) : await write(...args),
	);
	return {
		join: () => folderJournal(join(own, 'deeper')),
		failWrites: () => (isFull = true),
		repair: () => (isFull = false),
		close: async () => await rm(own, { recursive: true }),
	};
});

describe('a record that is replaced', () => {
	it('is as it was if its process died before the new lines had its name, and the next one clears up', async () => {
		const journal = folderJournal(folder);
		const record = await journal.open('key');
		await record.append({ part: 1 });
		for (const name of ['key.jsonl.dead.new', 'key-2.jsonl.dead.new'])
			await writeFile(join(folder, name), '\n{"part":9}');
		expect([...((await journal.readAll('')) ?? [])]).toEqual([['key', [{ part: 1 }]]]);
		await record.replace?.([{ part: 2 }]);
		await record.close();
		expect((await readdir(folder)).sort()).toEqual(['key-2.jsonl.dead.new', 'key.jsonl']);
		expect(await readFile(file, 'utf8')).toBe('\n{"part":2}');
	});

	it('leaves neither descriptors nor files behind if the disk is full', async () => {
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 1 });
		onWrite(() => async () => await Promise.reject(full));
		await expect(record.replace?.([{ part: 2 }])).rejects.toThrow('ENOSPC');
		expect(await openFiles()).toEqual([file]);
		await record.close();
		expect(await readdir(folder)).toEqual(['key.jsonl']);
	});

	it('lets other work run while a large one is written', async () => {
		const written: number[] = [];
		onWrite((write) => async (bytes, ...rest) => {
			written.push(Buffer.byteLength(bytes));
			return await write(bytes, ...rest);
		});
		const record = await folderJournal(folder).open('key');
		await record.replace?.(Array.from({ length: 200_000 }, (_, part) => ({ part, etag: '0123456789abcdef' })));
		await record.close();
		expect(written.length).toBeGreaterThan(7);
		expect(Math.max(...written)).toBeLessThan(1.1 * 1024 * 1024);
	});

	it('is not made again once somebody has deleted it', async () => {
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 1 });
		await rm(file);
		await expect(record.replace?.([{ part: 2 }])).rejects.toThrow('deleted');
		await record.close();
		expect(await readdir(folder)).toEqual([]);
	});

	it('is not the one of a frozen process that wakes up: its draft is gone', async () => {
		const frozen = await folderJournal(folder).open('key');
		await frozen.append({ part: 1 });
		const successor = await folderJournal(folder).open('key');
		const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
		const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
		onWrite((write) => async (...args) => {
			begin();
			await awake;
			return await write(...args);
		});
		const replacing = failureOf(frozen.replace?.([{ part: 'old' }]) ?? Promise.resolve());
		await hasBegun;
		mockedOpen.mockImplementation(actual.open);
		await successor.replace?.([{ part: 'new' }]);
		wake();
		await replacing;
		for (const record of [frozen, successor]) await record.close();
		expect(await readFile(file, 'utf8')).toBe('\n{"part":"new"}');
	});
});

describe('a record in a folder', () => {
	it('writes lines that are not hurried in one call, after a moment or with the next other line', async () => {
		const written: string[] = [];
		onWrite((write) => async (bytes, ...rest) => {
			written.push(bytes.toString());
			return await write(bytes, ...rest);
		});
		const timers: Array<() => void> = [];
		const stopped: number[] = [];
		const record = await folderJournal(folder, (run) => {
			const id = timers.push(run);
			return () => void stopped.push(id);
		}).open('key');
		const two = [1, 2].map(async (part) => await record.append({ part }, { unhurried: true }));
		expect([timers.length, written]).toEqual([1, []]);
		timers[0]?.();
		await Promise.all(two);
		expect(written).toEqual(['\n{"part":1}\n{"part":2}']);
		const third = record.append({ part: 3 }, { unhurried: true });
		await record.append({ part: 4 });
		await third;
		expect(written.slice(1)).toEqual(['\n{"part":3}\n{"part":4}']);
		// No timer is left behind.
		expect(stopped).toEqual([1, 2]);
		await record.close();
	});

	it('is readable by its owner only', async () => {
		const deeper = join(folder, 'deeper');
		const record = await folderJournal(deeper).open('key');
		await record.append({ part: 1 });
		await record.close();
		const modes = await Promise.all([deeper, join(deeper, 'key.jsonl')].map(async (each) => (await stat(each)).mode));
		expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o600]);
	});

	it.each([
		['was truncated by a crash', '{"part":2,"et'],
		['consists of zeros', '\0'.repeat(50)],
		['is no JSON', 'hello'],
		['is no object', '17'],
		['is null', 'null'],
	])('skips a line that %s, and only that', async (_, line) => {
		await writeFile(file, '\n{"part":1}');
		await appendFile(file, `\n${line}`);
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 3 });
		await record.close();
		const again = await folderJournal(folder).open('key');
		await again.close();
		expect(again.lines).toEqual([{ part: 1 }, { part: 3 }]);
	});

	it('is read in pieces, also where a piece ends within a character or a line is long', async () => {
		const lines = Array.from({ length: 3_000 }, (_, index) => ({ path: 'ä€😀'.repeat((index * 7) % 60), index }));
		lines.push({ path: '€'.repeat(400_000), index: 3_000 });
		await writeFile(file, lines.map((line) => `\n${JSON.stringify(line)}`).join(''));
		const record = await folderJournal(folder).open('key');
		await record.close();
		expect(record.lines).toEqual(lines);
	});

	it('lets other work run while a large one is read', async () => {
		await writeFile(file, `\n{"part":1,"etag":"0123456789abcdef"}`.repeat(200_000));
		let turns = 0;
		let isRead = false;
		const count = (): void => {
			turns++;
			if (!isRead) setImmediate(count);
		};
		count();
		const record = await folderJournal(folder).open('key');
		isRead = true;
		await record.close();
		expect(record.lines).toHaveLength(200_000);
		expect(turns).toBeGreaterThan(10);
	});

	it('writes lines that are appended during a write together', async () => {
		let writes = 0;
		onWrite((write) => async (...args) => {
			writes++;
			return await write(...args);
		});
		const record = await folderJournal(folder).open('key');
		await Promise.all(Array.from({ length: 1_000 }, async (_, part) => await record.append({ part })));
		await record.close();
		expect(writes).toBeLessThan(5);
		expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(1_001);
	});

	it('writes the rest if the disk accepts only a part of a line at once', async () => {
		onWrite((write) => async (bytes, offset) => await write(bytes, offset, 1));
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 1 });
		await record.close();
		expect(await readFile(file, 'utf8')).toBe('\n{"part":1}');
	});
});

describe('a record that fails', () => {
	const fails: Array<[string, string, () => Promise<void>]> = [
		[
			'a file where the folder should be',
			'EEXIST',
			async () => (await rm(folder, { recursive: true }), await writeFile(folder, '')),
		],
		[
			'a file where a folder above it should be',
			'ENOTDIR',
			async () => (await rm(folder, { recursive: true }), await writeFile(folder, '')),
		],
		['a folder in its place', 'EISDIR', async () => await mkdir(file)],
		['a link in its place', 'ELOOP', async () => await symlink(join(folder, 'elsewhere'), file)],
	];
	it.each(fails)('to open because of %s says so (%s)', async (reason, code, prepare) => {
		await prepare();
		const place = reason.includes('above') ? join(folder, 'deeper') : folder;
		expect(await failureOf(folderJournal(place).open('key'))).toMatchObject({ code });
		expect(await openFiles()).toEqual([]);
	});

	it.each([
		['looked at', 'stat'],
		['read', 'read'],
	] as const)('to be %s leaves no descriptor', async (_, call) => {
		await writeFile(file, '\n{"part":1}');
		mockedOpen.mockImplementation(async (...args) => {
			const handle = await actual.open(...args);
			handle[call] = async () => await Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
			return handle;
		});
		expect(await failureOf(folderJournal(folder).open('key'))).toMatchObject({ code: 'EIO' });
		expect(await openFiles()).toEqual([]);
	});

	it('to be read with others because another machine has just removed it is none', async () => {
		await writeFile(file, '\n{"part":1}');
		await writeFile(join(folder, 'key-2.jsonl'), '\n{"part":2}');
		mockedOpen.mockImplementation(async (path, ...args) => {
			const handle = await actual.open(path, ...args);
			const stale = Object.assign(new Error('ESTALE: stale file handle, read'), { code: 'ESTALE' });
			if (path === file) handle.read = async () => await Promise.reject(stale);
			return handle;
		});
		expect([...((await folderJournal(folder).readAll('')) ?? [])]).toEqual([
			['key', []],
			['key-2', [{ part: 2 }]],
		]);
		expect(await openFiles()).toEqual([]);
	});

	it('because its folder was deleted before the first line says so', async () => {
		const record = await folderJournal(folder).open('key');
		await rm(folder, { recursive: true });
		expect(await failureOf(record.append({ part: 1 }))).toMatchObject({ code: 'ENOENT' });
		await record.close();
	});

	it('because it was deleted by others says so, and leaves no descriptor', async () => {
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 1 });
		await rm(folder, { recursive: true });
		expect(await failureOf(record.append({ part: 2 }))).toMatchObject({ code: 'ENOENT' });
		expect(await openFiles()).toEqual([]);
		await record.close();
	});

	it('because the disk is full keeps no descriptor, and begins anew once it was removed', async () => {
		let isFull = true;
		onWrite(
			(write) =>
				async (...args) =>
					isFull ? await Promise.reject(full) : await write(...args),
		);
		const record = await folderJournal(folder).open('key');
		expect(await failureOf(record.append({ part: 1 }))).toBe(full);
		expect(await failureOf(record.append({ part: 2 }))).toBe(full);
		expect(await openFiles()).toEqual([]);
		isFull = false;
		await record.remove();
		await record.append({ part: 3 });
		await record.close();
		expect(await readFile(file, 'utf8')).toBe('\n{"part":3}');
		expect(await openFiles()).toEqual([]);
	});

	it('because it was closed says so', async () => {
		const record = await folderJournal(folder).open('key');
		await record.append({ part: 1 });
		await record.close();
		expect(await failureOf(record.append({ part: 2 }))).toMatchObject({ message: 'The record is closed' });
		expect(await openFiles()).toEqual([]);
	});
});
