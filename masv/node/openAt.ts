import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';

import type { FileStamp } from '../transfer/source';
import { fileCalls } from './fileCalls';
import type { FileCalls } from './fileCalls';

const isMac = process.platform === 'darwin';

/** macOS: no link in any folder of the path is followed (`sys/fcntl.h`, not in Node's constants). */
const noFollowAny = 0x2000_0000;

// O_NONBLOCK: otherwise, opening a named pipe waits for its other end, and occupies a thread of Node's pool until then.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (isMac ? noFollowAny : (constants.O_NOFOLLOW ?? 0));

export interface OpenedFile {
	file: number;
	stats: BigIntStats;
	/** Differs from the requested one at most in how letters are written: upper or lower case, composed or not. */
	location: string;
	/** Leads to what was opened, whatever happens to its path. Linux only. */
	path?: string;
}

/**
 * Opens the file or folder at a path without links, for reading. What is opened is at this path, even if somebody replaces a
 * folder of it with a link at the same moment:
 * - Linux: the kernel reports the path of what was opened.
 * - macOS: the kernel follows no link in any folder of the path.
 * - Windows and others: after opening, the path must still have no links and lead to what was opened, by device and inode.
 *   Links that appear and disappear twice at the right moments would deceive this check.
 * @param known what was found there before. On Windows and others it must be the same file, by device and inode. Elsewhere
 * the path is proof enough, and these numbers may differ: network drives assign new ones when they are mounted again.
 * @throws errors with the system's `code`; ELOOP if there is a link in the path
 */
export async function openAt(
	location: string,
	kind: 'file' | 'folder',
	known?: FileStamp,
	calls: FileCalls = fileCalls,
): Promise<OpenedFile> {
	const file = await openUnchecked(location, kind, calls);
	try {
		const stats = await calls.look(file);
		return { file, stats, ...(await checkOpened(location, kind, { file, stats }, known, calls)) };
	} catch (error) {
		calls.close(file);
		throw error;
	}
}

/**
 * The check of {@link openAt}, for a file that has been opened with {@link openUnchecked}.
 * @throws errors with the system's `code`
 */
export async function checkOpened(
	location: string,
	kind: 'file' | 'folder',
	{ file, stats }: { file: number; stats: BigIntStats },
	known: FileStamp | undefined,
	calls: FileCalls,
): Promise<{ location: string; path?: string }> {
	if (kind === 'folder' ? !stats.isDirectory() : !stats.isFile()) throw systemError('ENXIO', location);
	const isKnown = known === undefined || isSame(stats, known);
	const reported = calls.pathOf(file);
	if (reported === undefined) {
		if (!isMac && !(isKnown && (await leadsTo(location, stats)))) throw systemError('ELOOP', location);
		return { location };
	}
	const path = `/proc/self/fd/${file}`;
	if (reported === location) return { location, path };
	if (reported.endsWith(' (deleted)')) throw systemError('ENOENT', location);
	// Drives that ignore case may report the path as another program has written it.
	if (!isKnown || caseless(reported) !== caseless(location)) throw systemError('ELOOP', location);
	return { location: reported, path };
}

/** How often, and how many times, to try a file that Samba or an NFS server has lent to a client. */
const pauseMs = 250;
/** A client must return it within 45 s (Linux, `/proc/sys/fs/lease-break-time`). */
const maxPauses = 200;

/**
 * Opens a file that may be another one, see {@link checkOpened}. With O_NONBLOCK, the system does not wait until a client has
 * returned the file, but fails with EAGAIN.
 */
export function openUnchecked(location: string, kind: 'file' | 'folder', calls: FileCalls): Promise<number> {
	return openPatiently(location, kind === 'folder' ? flags | (constants.O_DIRECTORY ?? 0) : flags, calls);
}

/** Opens a file as soon as its client has returned it, if it was lent to one. */
export async function openPatiently(location: string, openFlags: number, calls: FileCalls): Promise<number> {
	for (let pauses = 0; ; pauses++) {
		try {
			return await calls.open(location, openFlags);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || pauses === maxPauses) throw error;
			await calls.pause(pauseMs);
		}
	}
}

async function leadsTo(location: string, opened: BigIntStats): Promise<boolean> {
	const [place, found] = await Promise.all([realpath(location), lstat(location, { bigint: true })]);
	return place === location && found.dev === opened.dev && found.ino === opened.ino;
}

function isSame({ dev, ino }: BigIntStats, known: FileStamp): boolean {
	return String(dev) === known.device && String(ino) === known.inode;
}

function caseless(path: string): string {
	return path.normalize('NFC').toLowerCase();
}

function systemError(code: string, location: string): NodeJS.ErrnoException {
	return Object.assign(new Error(`${code}: ${location}`), { code });
}
