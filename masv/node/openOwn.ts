import { constants, openSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

/** A link is not ours, and opening a pipe would wait for its other end. Both are missing on Windows. */
const noLinkNoPipe = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens a file of our own bookkeeping, which only this user may read. */
export async function openOwn(file: string, flags: number): Promise<FileHandle> {
	return await open(file, flags | noLinkNoPipe, 0o600);
}

/** As {@link openOwn}. @returns the descriptor */
export function openOwnSync(file: string, flags: number): number {
	return openSync(file, flags | noLinkNoPipe, 0o600);
}

/**
 * Reads a file of our own bookkeeping.
 * @returns undefined if there is none, or another machine has removed it since it was opened
 */
export async function readOwn<T>(file: string, read: (handle: FileHandle) => Promise<T>): Promise<T | undefined> {
	const handle = await openOwn(file, constants.O_RDONLY).catch(undefinedIfMissing);
	try {
		return handle && (await read(handle));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESTALE') return undefined;
		throw error;
	} finally {
		await handle?.close();
	}
}

/** Returns undefined for what does not exist: `await readdir(folder).catch(undefinedIfMissing)`. */
export function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
	if (error.code === 'ENOENT') return undefined;
	throw error;
}
