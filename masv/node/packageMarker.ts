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
	const marker = await readMarker(folder, calls);
	if (marker?.owner !== packageId) return false;
	if (marker.hasOtherNames) await removeDrafts(folder, calls);
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
	if ((await readMarker(folder, calls)) !== undefined) return await isFolderOf(folder, packageId, calls);
	// What another run, or a killed one, was about to use as a marker says nothing.
	const names = await calls.list(folder.at('.'));
	if (names.some((name) => !name.startsWith(markerName))) return false;
	await writeMarker(folder, packageId, calls);
	if (names.length > 0) await removeDrafts(folder, calls);
	return await isFolderOf(folder, packageId, calls);
}

interface Marker {
	/** Empty if it cannot be understood. */
	owner: string;
	/** Whether the run that wrote it was killed before it could remove its draft. */
	hasOtherNames: boolean;
}

async function readMarker(folder: OpenFolder, calls: WriteCalls): Promise<Marker | undefined> {
	const unclear = { owner: '', hasOtherNames: false };
	let file: number;
	try {
		file = await openPatiently(folder.at(markerName), reading, calls);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'ENOENT') return undefined;
		if (code === 'ELOOP' || code === 'ENXIO') return unclear;
		throw error;
	}
	try {
		const stats = await calls.look(file);
		if (!stats.isFile()) return unclear;
		const into = Buffer.alloc(maxBytes);
		const owner = ownerIn(into.toString('utf8', 0, await calls.read(file, into, 0)));
		return { owner, hasOtherNames: stats.nlink > 1n };
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

/** Once there is a marker, drafts are of no use: a run that is still about to use one finds the marker, or its draft gone. */
async function removeDrafts(folder: OpenFolder, calls: WriteCalls): Promise<void> {
	const drafts = (await calls.list(folder.at('.'))).filter((name) => name.startsWith(`${markerName}.`));
	for (const name of drafts) await calls.remove(folder.at(name)).catch(() => undefined);
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
		const { code = '' } = error as NodeJS.ErrnoException;
		if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
	} finally {
		calls.close(file);
	}
}
