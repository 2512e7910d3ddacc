import { existsSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Only this user may look into a folder of our own bookkeeping. */
const ownMode = 0o700;

/**
 * Creates a folder and those above it, unless they exist.
 * @throws the system's error of the one that could not be created
 */
export async function createFolder(path: string, mode?: number): Promise<void> {
	try {
		await mkdir(path, { recursive: true, mode });
	} catch (error) {
		throw reasonOf(error, path, mode);
	}
}

/** As {@link createFolder}, for a folder of our own bookkeeping. */
export async function createOwnFolder(path: string): Promise<void> {
	await createFolder(path, ownMode);
}

/** As {@link createOwnFolder}. */
export function createOwnFolderSync(path: string): void {
	try {
		mkdirSync(path, { recursive: true, mode: ownMode });
	} catch (error) {
		throw reasonOf(error, path, ownMode);
	}
}

/** Node reports ENOENT for every reason that it does not know: a disk that can only be read, a quota, too long a name. */
function reasonOf(error: unknown, path: string, mode: number | undefined): unknown {
	if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
	let missing = path;
	for (let above = dirname(path); above !== missing && !existsSync(above); above = dirname(above)) missing = above;
	try {
		mkdirSync(missing, { mode });
	} catch (reason) {
		// A link that leads to nothing, or somebody else has created it meanwhile: what exists cannot be the reason.
		if ((reason as NodeJS.ErrnoException).code !== 'EEXIST') return reason;
	}
	return error;
}
