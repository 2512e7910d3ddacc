import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';

import { markerName } from '../download/packageFolder';
import { nameNew } from './giveName';
import type { OpenFolder } from './openFolder';
import { openPatiently } from './openAt';
import type { WriteCalls } from './writeCalls';
import { writeAll } from './writeCalls';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const reading = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
const creating = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);

/** Far longer than a marker. */
const maxBytes = 4096;

/**
 * Whether a folder is that of a package, and stays it after a power failure: the run that has marked it may have been killed at
 * once, and what is received into a folder without a marker is somebody else's for every later run.
 * @throws errors with the system's `code`
 */
export async function isFolderOf(folder: OpenFolder, packageId: string, calls: WriteCalls): Promise<boolean> {
	if ((await readOwner(folder, calls)) !== packageId) return false;
	await folder.sync();
	return true;
}

/**
 * Makes a folder that of a package, by a small file in it: unlike notes elsewhere, it lasts as long as the folder, and other
 * machines see it. Only an empty folder can become a package's.
 * @returns whether it is this package's now
 * @throws errors with the system's `code`
 */
export async function claimFolder(folder: OpenFolder, packageId: string, calls: WriteCalls): Promise<boolean> {
	const owner = await readOwner(folder, calls);
	if (owner !== undefined) return await isFolderOf(folder, packageId, calls);
	// What another run, or a killed one, was about to use as a marker says nothing.
	if ((await calls.list(folder.at('.'))).some((name) => !name.startsWith(markerName))) return false;
	await writeMarker(folder, packageId, calls);
	return await isFolderOf(folder, packageId, calls);
}

/** @returns undefined without a marker; an empty text for one that cannot be understood */
async function readOwner(folder: OpenFolder, calls: WriteCalls): Promise<string | undefined> {
	let file: number;
	try {
		file = await openPatiently(folder.at(markerName), reading, calls);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'ENOENT') return undefined;
		if (code === 'ELOOP' || code === 'ENXIO') return '';
		throw error;
	}
	try {
		if (!(await calls.look(file)).isFile()) return '';
		const into = Buffer.alloc(maxBytes);
		return ownerIn(into.toString('utf8', 0, await calls.read(file, into, 0)));
	} finally {
		calls.close(file);
	}
}

function ownerIn(text: string): string {
	try {
		const { package: owner } = JSON.parse(text) as { package?: unknown };
		return typeof owner === 'string' ? owner : '';
	} catch {
		return '';
	}
}

/** The marker appears with its content. If another run has placed one in the meantime, that one stays. */
async function writeMarker(folder: OpenFolder, packageId: string, calls: WriteCalls): Promise<void> {
	const draft = `${markerName}.${randomUUID()}`;
	const file = await openPatiently(folder.at(draft), creating, calls);
	try {
		await writeAll(calls, file, Buffer.from(`${JSON.stringify({ package: packageId })}\n`), 0);
		await calls.sync(file, false);
		await nameNew(folder.at(draft), folder.at(markerName), calls);
	} catch (error) {
		await calls.remove(folder.at(draft)).catch(() => undefined);
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	} finally {
		calls.close(file);
	}
}
