import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { Journal, JournalRecord } from '../transfer/journal';
import { mapParallel } from '../workers';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';
import { createOwnFolder } from './createFolder';
import { openOwn, readOwn, undefinedIfMissing } from './openOwn';
import { readLines } from './readLines';

/**
 * A journal in a folder, one file per record. With a shared folder, runs on other machines can resume transfers too; on a
 * network disk, only one machine at a time may append to a record, which the lease of its delivery ensures.
 * @param timer for unhurried lines
 */
export function folderJournal(folder: string, timer: Timer = systemTimer): Journal {
	return {
		open: async (key) => {
			await createOwnFolder(folder);
			return await openRecord(join(folder, `${key}.jsonl`), timer);
		},
		readAll: async (prefix, containing) => {
			const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
			const keys = names.flatMap((name) => (name.startsWith(prefix) ? (/^(.+)\.jsonl$/.exec(name)?.[1] ?? []) : []));
			const read = async (handle: FileHandle): Promise<object[]> => await readLines(handle, containing);
			const records = await mapParallel(keys.sort(), filesAtOnce, async (key) => {
				return [key, (await readOwn(join(folder, `${key}.jsonl`), read)) ?? []] as const;
			});
			return new Map(records);
		},
	};
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;

/** Errors of files that can perhaps be read, but not written. */
const readOnlyCodes = new Set(['EACCES', 'EPERM', 'EROFS']);

/** How many files are read at the same time. On a network disk, each waits for the server several times. */
const filesAtOnce = 16;

/** How long unhurried lines wait for others, in milliseconds. */
const unhurriedMs = 250;

/** Lines that are written together. */
interface Batch {
	text: string;
	isDurable: boolean;
	written: Promise<void>;
	/** Writes it, after what was asked for before. */
	begin(): void;
	/** Begins after a moment. */
	wait(): void;
}

async function openRecord(file: string, timer: Timer): Promise<JournalRecord> {
	/** Why nothing can be appended any more. */
	let failure: Error | undefined;
	let handle = await openOwn(file, O_RDWR | O_APPEND).catch(async (error: NodeJS.ErrnoException) => {
		if (!readOnlyCodes.has(error.code ?? '')) return undefinedIfMissing(error);
		// What was recorded counts, or a job would send everything again.
		failure = error;
		return await openOwn(file, O_RDONLY);
	});
	const { bytes, lines } = handle === undefined ? { bytes: 0, lines: [] } : await readOrClose(handle);
	/** How many bytes this one knows. If there are more, somebody else has appended to the record. */
	let knownBytes = bytes;
	/** Everything that was asked for, one after another. */
	let last: Promise<unknown> = Promise.resolve();
	/** Lines that wait for what was asked for before them, or for others. */
	let waiting: Batch | undefined;

	const afterTheRest = (step: () => Promise<void>): Promise<void> => {
		const done = last.then(step);
		last = done.catch(() => undefined);
		return done;
	};
	const closeFile = async (): Promise<void> => {
		const closed = handle;
		handle = undefined;
		await closed?.close();
	};
	const write = async ({ text, isDurable }: Batch): Promise<void> => {
		if (failure !== undefined) throw failure;
		try {
			handle ??= await openOwn(file, O_RDWR | O_APPEND | O_CREAT);
			knownBytes += await writeWhole(handle, text);
			if (isDurable) await handle.datasync();
			if ((await handle.stat()).nlink === 0) throw deleted(file);
		} catch (error) {
			failure = error as Error;
			await closeFile().catch(() => undefined);
			throw error;
		}
	};
	const createBatch = (): Batch => {
		const { promise: written, resolve } = Promise.withResolvers<void>();
		let hasBegun = false;
		let stopTimer: (() => void) | undefined;
		const begin = (): void => {
			stopTimer?.();
			if (hasBegun) return;
			hasBegun = true;
			const writing = afterTheRest(async () => {
				if (waiting === batch) waiting = undefined;
				await write(batch);
			});
			resolve(writing);
		};
		const wait = (): void => {
			if (!hasBegun) stopTimer ??= timer(begin, unhurriedMs);
		};
		const batch: Batch = { text: '', isDurable: false, written, begin, wait };
		return batch;
	};
	/** No line that is appended later is written with those that wait. */
	const endBatch = (): void => {
		waiting?.begin();
		waiting = undefined;
	};
	return {
		lines,
		// All lines of a batch wait for one promise: there may be hundreds.
		append: (line, { durable = false, unhurried = false } = {}) => {
			// The line break comes first. Otherwise, a line truncated by a crash would corrupt the next one.
			const text = `\n${JSON.stringify(line)}`;
			waiting ??= createBatch();
			waiting.text += text;
			waiting.isDurable ||= durable;
			const batch = waiting;
			if (unhurried && !durable) batch.wait();
			else batch.begin();
			return batch.written;
		},
		replace: async (replacement) => {
			endBatch();
			await afterTheRest(async () => {
				if (failure !== undefined) throw failure;
				handle ??= await openOwn(file, O_RDWR | O_APPEND | O_CREAT);
				const { draft, bytes } = await writeDraft(file, replacement, async () => {
					const { size, nlink } = (await handle?.stat()) ?? {};
					if (nlink === 0) throw deleted(file);
					if (size !== knownBytes) throw new Error(`Another process has written to '${file}'`);
				});
				await closeFile().catch(() => undefined);
				handle = draft;
				knownBytes = bytes;
			});
		},
		remove: async () => {
			endBatch();
			await afterTheRest(async () => {
				await closeFile().catch(() => undefined);
				await rm(file, { force: true });
				knownBytes = 0;
				failure = undefined;
			});
		},
		close: async () => {
			endBatch();
			await afterTheRest(async () => {
				failure = new Error('The record is closed');
				await closeFile();
			});
		},
	};
}

async function readOrClose(handle: FileHandle): Promise<{ bytes: number; lines: object[] }> {
	try {
		return { bytes: (await handle.stat()).size, lines: await readLines(handle) };
	} catch (error) {
		await handle.close().catch(() => undefined);
		throw error;
	}
}

/** One call, unless the disk is nearly full: lines of two processes at work by mistake then do not mix. */
async function writeWhole(handle: FileHandle, text: string): Promise<number> {
	const bytes = Buffer.from(text);
	for (let written = 0; written < bytes.length;) {
		written += (await handle.write(bytes, written)).bytesWritten;
	}
	return bytes.length;
}

/**
 * Writes lines beside the record, and gives them its name. What others have begun to write there is removed first: one of them that is
 * frozen must not give it the name any more.
 * @param check last look at the record. What it throws leaves the record as it is
 */
async function writeDraft(
	file: string,
	lines: Iterable<object>,
	check: () => Promise<void>,
): Promise<{ draft: FileHandle; bytes: number }> {
	const folder = dirname(file);
	const isDraft = (name: string): boolean => name.startsWith(`${basename(file)}.`) && name.endsWith('.new');
	const others = (await readdir(folder)).filter(isDraft);
	await Promise.all(others.map(async (name) => await rm(join(folder, name), { force: true })));
	const path = `${file}.${randomUUID()}.new`;
	const draft = await openOwn(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
	try {
		let bytes = 0;
		let text = '';
		for (const line of lines) {
			text += `\n${JSON.stringify(line)}`;
			if (text.length < draftChunk) continue;
			bytes += await writeWhole(draft, text);
			text = '';
		}
		bytes += await writeWhole(draft, text);
		await draft.datasync();
		await check();
		await rename(path, file);
		// So that the name outlives a power failure, too. Not every system can do that.
		const names = await openOwn(folder, O_RDONLY).catch(() => undefined);
		await names?.sync().catch(() => undefined);
		await names?.close();
		return { draft, bytes };
	} catch (error) {
		await draft.close().catch(() => undefined);
		await rm(path, { force: true }).catch(() => undefined);
		throw error;
	}
}

/** Characters that are written at once. */
const draftChunk = 256 * 1024;

/** Without this, everything would be written into a file that no longer has a name. */
function deleted(file: string): Error {
	return Object.assign(new Error(`ENOENT: the record was deleted, write '${file}'`), { code: 'ENOENT' });
}
