import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { markName } from '../download/cleanName';
import { nameRules } from '../download/nameRules';
import { MasvError } from '../errors';
import type { FileStamp } from '../transfer/source';
import { compareStamps } from '../transfer/unchanged';
import { explainWrites } from './explainWrites';
import { toStamp } from './fileStamp';
import type { OpenFolder } from './openFolder';
import { openBelow, openFolder, openOrCreateFolder } from './openFolder';
import { undefinedIfMissing } from './openOwn';
import type { WriteCalls } from './writeCalls';
import { writeCalls } from './writeCalls';

/** A file that was sent. */
export interface SentFile extends FileStamp {
	location: string;
	/** Where it was in the package. */
	path: string;
	name: string;
}

export interface ClearOptions {
	/** A folder without links, which gets the file under its path in the package. Undefined: the file is deleted. */
	moveTo: string | undefined;
	/** Checks a location before anything is changed there. @throws what the user should read */
	checkAllowed: (location: string) => void;
	calls?: WriteCalls;
}

/** Why a file was left where it is. `isFinal`: trying again would change nothing. */
export interface NotCleared {
	reason: string;
	isFinal: boolean;
}

/**
 * Deletes or moves a file, if it is still the version that was sent. Nothing is replaced: a file whose name is taken in the
 * other folder gets another one.
 * @returns undefined if it is gone now
 */
export async function clearFile(file: SentFile, options: ClearOptions): Promise<NotCleared | undefined> {
	try {
		return await explainWrites({ path: '', name: file.location }, {})(clear(file, options));
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		return { reason: error.message, isFinal: false };
	}
}

async function clear(file: SentFile, options: ClearOptions): Promise<NotCleared | undefined> {
	const { location } = file;
	const { calls = writeCalls, checkAllowed } = options;
	checkAllowed(location);
	const folder = await openFolder(dirname(location), calls).catch(undefinedIfMissing);
	if (folder === undefined) return await whyMissing(file, calls);
	try {
		const from = folder.at(basename(location));
		const found = await calls.lookAt(from).catch(undefinedIfMissing);
		if (found === undefined) return await whyMissing(file, calls);
		// Any doubt is a reason to keep it: what changed after the upload is nowhere else.
		if (!found.isFile() || compareStamps(file, toStamp(found)) !== 'same') {
			return { reason: 'it has changed since it was sent', isFinal: true };
		}
		if (options.moveTo === undefined) await calls.remove(from);
		else return await move(from, file, options.moveTo, options);
		return undefined;
	} finally {
		folder.close();
	}
}

/**
 * Somebody has removed the file, unless its disk is not mounted: then the folder that is left of its path is empty, and on the disk
 * around it.
 */
async function whyMissing({ location, device }: SentFile, calls: WriteCalls): Promise<NotCleared | undefined> {
	let folder = dirname(location);
	let found = await calls.lookAt(folder).catch(undefinedIfMissing);
	while (found === undefined && folder !== dirname(folder)) {
		folder = dirname(folder);
		found = await calls.lookAt(folder).catch(undefinedIfMissing);
	}
	if (found === undefined || !found.isDirectory() || String(found.dev) === device) return undefined;
	return (await calls.list(folder)).length === 0 ? { reason: 'its disk is not mounted', isFinal: false } : undefined;
}

async function move(
	from: string,
	{ path, name }: SentFile,
	moveTo: string,
	{ calls = writeCalls, checkAllowed }: ClearOptions,
): Promise<NotCleared | undefined> {
	checkAllowed(moveTo);
	const root = await openOrCreateFolder(moveTo, calls);
	try {
		const folders = path.split('/').filter((part) => part !== '');
		const target = await openBelow(root, folders, { create: true, checkAllowed }, calls);
		try {
			await moveInto(target, from, name, checkAllowed, calls);
			return undefined;
		} finally {
			target.close();
		}
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
		return { reason: 'the folder for sent files is on another disk', isFinal: false };
	} finally {
		root.close();
	}
}

/** The name is reserved by an empty file, which the rename replaces: a name alone could be taken in between. */
async function moveInto(
	target: OpenFolder,
	from: string,
	name: string,
	checkAllowed: ClearOptions['checkAllowed'],
	calls: WriteCalls,
): Promise<void> {
	for (let count = 1; ; count++) {
		const free = count === 1 ? name : markName(name, String(count), rules);
		checkAllowed(join(target.location, free));
		const to = target.at(free);
		try {
			calls.close(await calls.open(to, O_WRONLY | O_CREAT | O_EXCL));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === 'EEXIST' && count < maxNames) continue;
			throw error;
		}
		try {
			return await calls.rename(from, to);
		} catch (error) {
			await calls.remove(to).catch(() => undefined);
			throw error;
		}
	}
}

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const maxNames = 10_000;
const rules = process.platform === 'win32' ? nameRules.windows : nameRules.linux;
