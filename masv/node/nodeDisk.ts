import type { BigIntStats, Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';

import { toFileDate } from '../dates';
import { inTurns } from '../inTurns';
import type { Disk, DiskEntry, DiskFile, DiskKind } from '../transfer/disk';
import { sizelessFile } from '../transfer/disk';
import { readStallMs } from '../transfer/readFailure';
import { diskSource } from './diskSource';
import { entryPath } from './entryPath';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import { openAt } from './openAt';
import { systemClock } from './systemClock';
import { StalledCall, withCallLimit } from './callLimit';
import { isUnmounted } from './unmounted';

export const nodeDisk: Disk = {
	homeFolder: homedir,
	entryPath,
	resolve: async (path) => await limited(realpath(path)),
	within: async (work) => await limited(work),
	look: async (location) => kindOf(await limited(lstat(location))),
	inspect: async (location) => await limited(inspect(location)),
	list: async (location) => await limited(list(location)),
	isUnmounted: async (location, device, mounted) => await limited(isUnmounted(location, device, mounted)),
	source: (location, facts) => diskSource(location, facts),
};

async function inspect(requested: string): Promise<DiskFile> {
	const { file, stats, location } = await openAt(requested, 'file');
	try {
		if (stats.size === 0n) await checkEmpty(location, file);
		return {
			location,
			bytes: Number(stats.size),
			modifiedAt: toFileDate(Number(stats.mtimeMs)),
			stamp: toStamp(stats),
		};
	} finally {
		fileCalls.close(file);
	}
}

/** A file may be empty, or not be stored anywhere: then the system shows 0 bytes however much can be read. */
async function checkEmpty(location: string, file: number): Promise<void> {
	if ((await fileCalls.read(file, new Uint8Array(1), 0)) === 0) return;
	// A program may have just begun to write it.
	if ((await fileCalls.look(file)).size > 0n) return;
	throw Object.assign(new Error(`${sizelessFile}: ${location}`), { code: sizelessFile });
}

async function list(location: string): Promise<{ modifiedAt: Date; entries: DiskEntry[] }> {
	const { modifiedAt, found } = await readFolder(location);
	const entries: DiskEntry[] = [];
	await inTurns(found, systemClock, (entry) => void entries.push({ ...toName(entry.name), kind: kindOf(entry) }));
	// Sorted by bytes already, where that takes no time.
	entries.sort((a, b) => (a.name < b.name ? -1 : 1));
	return { modifiedAt, entries };
}

/** @param raw each character is a byte of the name */
function toName(raw: string): Pick<DiskEntry, 'name' | 'isExact'> {
	if (isAscii.test(raw)) return { name: raw, isExact: true };
	const bytes = Buffer.from(raw, 'latin1');
	const name = bytes.toString();
	return { name, isExact: Buffer.from(name).equals(bytes) };
}

const isAscii = /^[\0-\x7f]*$/;

interface ReadFolder {
	modifiedAt: Date;
	/**
	 * Raw names: Node replaces what is not UTF-8 in strings, and then cannot find the file. As text, because 100,000 buffers stop all
	 * of n8n for 0.1 s.
	 */
	found: Dirent[];
}

/** On Linux, the opened folder itself is read. Elsewhere, the path could become a link in between, and reveal names only. */
async function readFolder(location: string): Promise<ReadFolder> {
	const options = { withFileTypes: true, encoding: 'latin1' } as const;
	if (process.platform === 'win32') {
		const { mtimeMs } = await lstat(location);
		return { modifiedAt: toFileDate(mtimeMs), found: await readdir(location, options) };
	}
	const { file, path, stats } = await openAt(location, 'folder');
	try {
		const modifiedAt = toFileDate(Number(stats.mtimeMs));
		return { modifiedAt, found: await readdir(path ?? location, options) };
	} finally {
		fileCalls.close(file);
	}
}

/** What a name stands for. */
export function kindOf(entry: Pick<Stats | BigIntStats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): DiskKind {
	if (entry.isFile()) return 'file';
	if (entry.isDirectory()) return 'folder';
	return entry.isSymbolicLink() ? 'link' : 'other';
}

async function limited<T>(work: Promise<T>): Promise<T> {
	try {
		return await withCallLimit(work, readStallMs);
	} catch (error) {
		throw error instanceof StalledCall ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
	}
}
