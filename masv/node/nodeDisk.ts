import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';

import type { Disk, DiskFile, DiskKind } from '../transfer/disk';
import { readStallMs } from '../transfer/readFailure';
import { diskSource } from './diskSource';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import { openAt } from './openAt';
import { StalledCall, withStallLimit } from './stallLimit';

export const nodeDisk: Disk = {
	homeFolder: homedir,
	resolve: async (path) => await limited(realpath(path)),
	look: async (location) => kindOf(await limited(lstat(location))),
	inspect: async (location) => await limited(inspect(location)),
	list: async (location) => await limited(list(location)),
	source: (location, facts) => diskSource(location, facts),
};

async function inspect(requested: string): Promise<DiskFile> {
	const { file, stats, location } = await openAt(requested, 'file');
	fileCalls.close(file);
	return { location, bytes: Number(stats.size), modifiedAt: new Date(Number(stats.mtimeMs)), stamp: toStamp(stats) };
}

async function list(location: string): Promise<Array<{ name: string; kind: DiskKind }>> {
	const found = await readFolder(location);
	found.sort((a, b) => (a.name < b.name ? -1 : 1));
	return found.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
}

/** On Linux, the opened folder itself is read. Elsewhere, the path could become a link in between, and reveal names only. */
async function readFolder(location: string): Promise<Dirent[]> {
	if (process.platform === 'win32') return await readdir(location, { withFileTypes: true });
	const { file, path } = await openAt(location, 'folder');
	try {
		return await readdir(path ?? location, { withFileTypes: true });
	} finally {
		fileCalls.close(file);
	}
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): DiskKind {
	if (entry.isFile()) return 'file';
	if (entry.isDirectory()) return 'folder';
	return entry.isSymbolicLink() ? 'link' : 'other';
}

async function limited<T>(work: Promise<T>): Promise<T> {
	try {
		return await withStallLimit(work, readStallMs);
	} catch (error) {
		throw error instanceof StalledCall ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
	}
}
