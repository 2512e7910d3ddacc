import { createFolder } from './createFolder';
import { entryPath } from './entryPath';
import { openAt } from './openAt';
import type { WriteCalls } from './writeCalls';

/**
 * A folder that is held open. On Linux, `at` leads into this very folder, even if its path has become a link in the meantime.
 * Elsewhere `at` is a path, so that what was opened or named there has to be checked.
 */
export interface OpenFolder {
	location: string;
	/** Of its disk. */
	device: bigint;
	/** The path of an entry, for system calls. */
	at(name: string): string;
	/** Whether it certainly is at its location now, and no link is on the way. False where the system does not tell. */
	isInPlace(): boolean;
	/** Makes the names of its entries outlive a power failure, where the system can do that for a folder. */
	sync(): Promise<void>;
	close(): void;
}

/** Windows, and some network drives. */
const cannotSync = new Set(['EPERM', 'EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** Opens a folder at a path without links, see {@link openAt}. */
export async function openFolder(location: string, calls: WriteCalls): Promise<OpenFolder> {
	const { file, stats, path, location: found } = await openAt(location, 'folder', undefined, calls);
	return {
		location: found,
		device: stats.dev,
		// A name is no path, and `join` would take longer than some of the calls.
		at: path === undefined ? (name) => entryPath(found, name) : (name) => `${path}/${name}`,
		isInPlace: () => calls.pathOf(file) === found,
		sync: async () => {
			try {
				await calls.sync(file, true);
			} catch (error) {
				if (!cannotSync.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
			}
		},
		close: () => calls.close(file),
	};
}

/** As {@link openFolder}, and creates it and those above it if they are missing. */
export async function openOrCreateFolder(location: string, calls: WriteCalls): Promise<OpenFolder> {
	try {
		return await openFolder(location, calls);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
	await createFolder(location);
	return await openFolder(location, calls);
}

export interface BelowOptions {
	/** Whether to create what is missing. */
	create: boolean;
	/** Checks a location before anything is created or written there. @throws what the user should read */
	checkAllowed: (location: string) => void;
}

/**
 * Opens a folder below another one, without following links.
 * @returns to be closed by the caller
 * @throws errors with the system's `code`: ELOOP or ENOTDIR if a link or a file is in the way
 */
export async function openBelow(
	root: OpenFolder,
	names: readonly string[],
	{ create, checkAllowed }: BelowOptions,
	calls: WriteCalls,
): Promise<OpenFolder> {
	let folder: OpenFolder = { ...root, close: () => undefined };
	for (const name of names) {
		try {
			checkAllowed(entryPath(folder.location, name));
			const next = await openChild(folder, name, create, calls);
			folder.close();
			folder = next;
		} catch (error) {
			folder.close();
			throw error;
		}
	}
	return folder;
}

async function openChild(parent: OpenFolder, name: string, create: boolean, calls: WriteCalls): Promise<OpenFolder> {
	const location = entryPath(parent.location, name);
	try {
		return await openFolder(location, calls);
	} catch (error) {
		if (!create || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
	try {
		await calls.makeFolder(parent.at(name));
	} catch (error) {
		// Another sink, or another process, has just created it.
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
	return await openFolder(location, calls);
}
