import type { OpenFolder } from './openFolder';
import type { WriteCalls } from './writeCalls';

/** Disks without second names: FAT, exFAT, some network drives, and drives that are put together from several. */
const cannotLink = new Set([
	'EPERM',
	'EACCES',
	'ENOTSUP',
	'EOPNOTSUPP',
	'ENOSYS',
	'EINVAL',
	'EMLINK',
	'EXDEV',
	'UNKNOWN',
]);

/**
 * Gives a whole file its name.
 * @param replace whether a file that has the name may be replaced. Otherwise, the system makes sure that nothing is. Disks
 * without second names cannot do that: there, something that appears at the very same moment is replaced
 * @throws errors with the system's `code`: EEXIST if something has the name and is not to be replaced, or cannot be
 */
export async function giveName(
	folder: OpenFolder,
	partial: string,
	name: string,
	replace: boolean,
	calls: WriteCalls,
): Promise<void> {
	const [from, to] = [folder.at(partial), folder.at(name)];
	if (replace) return await calls.rename(from, to);
	try {
		await calls.link(from, to);
	} catch (error) {
		if (!cannotLink.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
		if (await exists(to, calls)) throw Object.assign(new Error(`EEXIST: ${name}`), { code: 'EEXIST', cause: error });
		return await calls.rename(from, to);
	}
	// The file is whole under its name. The next run removes what is left of the partial one.
	await calls.remove(from).catch(() => undefined);
}

async function exists(path: string, calls: WriteCalls): Promise<boolean> {
	try {
		await calls.lookAt(path);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
		throw error;
	}
}
