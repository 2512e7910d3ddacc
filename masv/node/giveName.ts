import type { BigIntStats } from 'node:fs';

import type { OpenFolder } from './openFolder';
import { isStillAt } from './partialFile';
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
 * @param stats of the file. A run that shares no lease with this one may have put its own in the place of the partial file, at the
 * very last moment; then that one does not keep the name
 * @param replace whether a file that has the name may be replaced. Otherwise, the system makes sure that nothing is. Disks
 * without second names cannot do that: there, something that appears at the very same moment is replaced
 * @returns whether the file has the name now
 * @throws errors with the system's `code`: EEXIST if something has the name and is not to be replaced, or cannot be
 */
export async function giveName(
	folder: OpenFolder,
	partial: string,
	name: string,
	{ stats, replace }: { stats: BigIntStats; replace: boolean },
	calls: WriteCalls,
): Promise<boolean> {
	const [from, to] = [folder.at(partial), folder.at(name)];
	const rename = async (): Promise<boolean> => {
		await calls.rename(from, to);
		if (await isStillAt(to, stats, calls)) return true;
		await calls.rename(to, from).catch(() => undefined);
		return false;
	};
	if (replace) return await rename();
	try {
		await calls.link(from, to);
	} catch (error) {
		if (!cannotLink.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
		if (await exists(to, calls)) throw Object.assign(new Error(`EEXIST: ${name}`), { code: 'EEXIST', cause: error });
		return await rename();
	}
	if (await isStillAt(to, stats, calls)) {
		// The file is whole under its name. The next run removes what is left of the partial one.
		await calls.remove(from).catch(() => undefined);
		return true;
	}
	// What people have put there in the meantime is theirs.
	const isPartial = await calls.lookAt(from).then(
		async (found) => await isStillAt(to, found, calls),
		() => false,
	);
	if (isPartial) await calls.remove(to).catch(() => undefined);
	return false;
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
