import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { markName } from '../download/cleanName';
import { nameRules } from '../download/nameRules';
import { MasvError, MasvTransferError } from '../errors';
import type { FileStamp } from '../transfer/source';
import { compareStamps } from '../transfer/unchanged';
import { describeWriteFailure } from '../transfer/writeFailure';
import { explainWrites } from './explainWrites';
import { toStamp } from './fileStamp';
import type { OpenFolder } from './openFolder';
import { openBelow, openFolder, openOrCreateFolder } from './openFolder';
import { undefinedIfMissing } from './openOwn';
import { isUnmounted } from './unmounted';
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
		const { cause, message } = error;
		const isOfSystem = error instanceof MasvTransferError && cause !== undefined;
		const what = options.moveTo === undefined ? 'deleted' : `moved to "${options.moveTo}"`;
		const reason = isOfSystem ? `it cannot be ${what}: ${describeWriteFailure(cause)}` : message;
		return { reason, isFinal: false };
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
		if (!found.isFile() || !isAsSent(file, toStamp(found))) {
			return { reason: 'it has changed since it was sent', isFinal: true };
		}
		if (options.moveTo === undefined) await calls.remove(from);
		else return await move(from, file, options.moveTo, options);
		return undefined;
	} finally {
		folder.close();
	}
}

/** A share has another number each time it is mounted. */
function isAsSent(sent: SentFile, stamp: FileStamp): boolean {
	return compareStamps({ ...sent, device: stamp.device }, stamp) === 'same';
}

async function whyMissing({ location, device }: SentFile, calls: WriteCalls): Promise<NotCleared | undefined> {
	return (await isUnmounted(location, device, new Set(), calls))
		? { reason: 'its disk is not mounted', isFinal: false }
		: undefined;
}

async function move(
	from: string,
	file: SentFile,
	moveTo: string,
	{ calls = writeCalls, checkAllowed }: ClearOptions,
): Promise<NotCleared | undefined> {
	checkAllowed(moveTo);
	const root = await openOrCreateFolder(moveTo, calls);
	try {
		const folders = file.path.split('/').filter((part) => part !== '');
		const target = await openBelow(root, folders, { create: true, checkAllowed }, calls);
		try {
			await moveInto(target, from, file, checkAllowed, calls);
			return undefined;
		} finally {
			target.close();
		}
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
		return { reason: 'the folder for sent files is on another disk or volume', isFinal: false };
	} finally {
		root.close();
	}
}

/** The name is reserved first, by something that the rename replaces: a name alone could be taken in between. */
async function moveInto(
	target: OpenFolder,
	from: string,
	file: SentFile,
	checkAllowed: ClearOptions['checkAllowed'],
	calls: WriteCalls,
): Promise<void> {
	const { name, location } = file;
	for (let count = 1; ; count++) {
		const free = count === 1 ? name : markName(name, String(count), rules);
		checkAllowed(join(target.location, free));
		const to = target.at(free);
		if (!(await reserve(to, location, calls))) {
			if (count < maxNames) continue;
			throw Object.assign(new Error(`EEXIST: ${to}`), { code: 'EEXIST' });
		}
		try {
			return await calls.rename(from, to);
		} catch (error) {
			// A network disk may have moved it, and report that it is not there when the request is repeated: rename(2), BUGS.
			if (await isReservation(to, file, calls)) await calls.remove(to).catch(() => undefined);
			throw error;
		}
	}
}

/**
 * By a link to the file that is to be moved: if this process is killed, it leads to the file, and the next run knows it. On disks
 * without links, by an empty file.
 * @returns false if something else has the name
 */
async function reserve(to: string, location: string, calls: WriteCalls): Promise<boolean> {
	try {
		await calls.linkTo(location, to);
		return true;
	} catch (error) {
		if (isTaken(error)) return await isLinkTo(location, to, calls);
	}
	try {
		calls.close(await calls.open(to, O_WRONLY | O_CREAT | O_EXCL));
		return true;
	} catch (error) {
		if (isTaken(error)) return false;
		throw error;
	}
}

function isTaken(error: unknown): boolean {
	return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

/** Whether it is what {@link reserve} has made, not the file itself. An empty one is left: it has the content of the file. */
async function isReservation(path: string, { location, bytes }: SentFile, calls: WriteCalls): Promise<boolean> {
	if (await isLinkTo(location, path, calls)) return true;
	const found = await calls.lookAt(path).catch(() => undefined);
	return found?.size === 0n && bytes > 0;
}

async function isLinkTo(location: string, path: string, calls: WriteCalls): Promise<boolean> {
	return (await calls.readLink(path).catch(() => undefined)) === location;
}

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const maxNames = 10_000;
const rules = process.platform === 'win32' ? nameRules.windows : nameRules.linux;
