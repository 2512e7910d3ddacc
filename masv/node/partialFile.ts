import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';

import { entryPath } from './entryPath';
import type { OpenFolder } from './openFolder';
import { checkOpened, openPatiently } from './openAt';
import type { WriteCalls } from './writeCalls';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const existing = O_RDWR | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

export interface PartialFile {
	file: number;
	stats: BigIntStats;
	/** Whether it was created here. */
	isNew: boolean;
}

/** How often to begin again if something else comes and goes at the same path. */
const maxTurns = 5;

/**
 * Opens the partial file that an earlier run has left, or creates one. Whatever else has its name is removed, but for folders:
 * a link or a second name of another file would lead the content elsewhere, and a pipe would never end.
 * @throws errors with the system's `code`
 */
export async function openPartial(folder: OpenFolder, name: string, calls: WriteCalls): Promise<PartialFile> {
	for (let turn = 1; ; turn++) {
		try {
			// Mostly there is none: with thousands of small files, it would take long to look first.
			return (await openOnce(folder, name, true, calls)) ?? (await openFound(folder, name, calls));
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			// It was created or removed in between.
			if ((code !== 'EEXIST' && code !== 'ENOENT') || turn === maxTurns) throw error;
		}
	}
}

async function openFound(folder: OpenFolder, name: string, calls: WriteCalls): Promise<PartialFile> {
	let found = await calls.lookAt(folder.at(name));
	if (found.isDirectory()) throw systemError('EISDIR', name);
	if (await removeInterim(folder, found, calls)) found = await calls.lookAt(folder.at(name));
	if (!isPlainFile(found)) await calls.remove(folder.at(name));
	const opened = await openOnce(folder, name, !isPlainFile(found), calls);
	if (opened === undefined) throw systemError('EEXIST', name);
	return opened;
}

/** @returns undefined if it is to be created but exists */
async function openOnce(
	folder: OpenFolder,
	name: string,
	isNew: boolean,
	calls: WriteCalls,
): Promise<PartialFile | undefined> {
	const file = await openPatiently(folder.at(name), isNew ? existing | O_CREAT | O_EXCL : existing, calls).catch(
		(error: NodeJS.ErrnoException) => {
			if (isNew && error.code === 'EEXIST') return undefined;
			throw error;
		},
	);
	if (file === undefined) return undefined;
	try {
		const stats = await calls.look(file);
		await checkOpened(entryPath(folder.location, name), 'file', { file, stats }, undefined, calls);
		// It got a second name while it was opened.
		if (!isPlainFile(stats)) throw systemError('EEXIST', name);
		return { file, stats, isNew };
	} catch (error) {
		calls.close(file);
		throw error;
	}
}

/** A file with one name. A second one may be that of a file that is whole: the run that gave it this name was killed. */
function isPlainFile(stats: BigIntStats): boolean {
	return stats.isFile() && stats.nlink === 1n;
}

/**
 * The name of a whole file for the moment before it gets its own. Each file has another one, so that the next run finds the one
 * that a killed run has left.
 */
export function interimNameOf({ ino }: BigIntStats): string {
	return `.masv-interim-${ino}`;
}

/** Removes the interim name of a file that has others. @returns whether it had one */
export async function removeInterim(folder: OpenFolder, found: BigIntStats, calls: WriteCalls): Promise<boolean> {
	const interim = folder.at(interimNameOf(found));
	const isLeft = found.isFile() && found.nlink > 1n && (await isStillAt(interim, found, calls));
	if (isLeft) await calls.remove(interim);
	return isLeft;
}

/**
 * Identifies a partial file. The number alone is given to the next file when one is deleted. Undefined where the disk does not
 * note when a file was created.
 */
export function identityOf({ ino, birthtimeNs }: BigIntStats): string | undefined {
	return birthtimeNs > 0n ? `${ino}-${birthtimeNs}` : undefined;
}

/** Whether a path still leads to an open file. */
export async function isStillAt(path: string, { dev, ino }: BigIntStats, calls: WriteCalls): Promise<boolean> {
	try {
		const found = await calls.lookAt(path);
		return found.dev === dev && found.ino === ino;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
		throw error;
	}
}

function systemError(code: string, name: string): NodeJS.ErrnoException {
	return Object.assign(new Error(`${code}: ${name}`), { code });
}
