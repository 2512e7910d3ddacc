import type { BigIntStats } from 'node:fs';

import type { OpenFolder } from './openFolder';
import { interimNameOf, isStillAt } from './partialFile';
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

export interface Naming {
	stats: BigIntStats;
	replace: boolean;
	check?: () => Promise<void>;
}

/**
 * Gives a whole file its name. It first gets one that no other file has: a run that shares no lease with this one may have put its
 * own in the place of the partial file, at the very last moment. That one never gets the name, so it need not be taken back, which
 * would be too late if this run was frozen in between.
 *
 * Disks without second names, or on which they look like other files, cannot do that. There, something that appears at the very
 * same moment is replaced; and if this run is frozen right after the rename, a file that another run has given the name meanwhile
 * loses it.
 * @param stats of the file
 * @param naming `replace`: whether a file that has the name may be replaced. Otherwise, the system makes sure that nothing is.
 * `check`: called at the last moment before the file gets the name; what it throws prevents that
 * @returns whether the file has the name now
 * @throws errors with the system's `code`: EEXIST if something has the name and is not to be replaced, or cannot be
 */
export async function giveName(
	folder: OpenFolder,
	partial: string,
	name: string,
	naming: Naming,
	calls: WriteCalls,
): Promise<boolean> {
	const { stats, replace, check } = naming;
	const [from, interim, to] = [folder.at(partial), folder.at(interimNameOf(stats)), folder.at(name)];
	if (!(await nameInterim(from, interim, stats, calls))) {
		return (await isStillAt(from, stats, calls)) && (await renameChecked(from, to, naming, calls));
	}
	let isLeft = true;
	try {
		await check?.();
		await (replace ? calls.rename(interim, to) : calls.link(interim, to));
		isLeft = !replace;
	} finally {
		if (isLeft) await calls.remove(interim).catch(() => undefined);
	}
	// The file is whole under its name. The next run removes what is left of the others.
	await calls.remove(from).catch(() => undefined);
	return true;
}

/** @returns whether the name is certainly the file's. Some disks number names, not files, such as sshfs and some SMB shares */
async function nameInterim(from: string, interim: string, stats: BigIntStats, calls: WriteCalls): Promise<boolean> {
	try {
		await calls.link(from, interim);
	} catch (error) {
		const { code = '' } = error as NodeJS.ErrnoException;
		if (code !== 'EEXIST' && !cannotLink.has(code)) throw error;
		// A run that was killed may have left it.
		return await isStillAt(interim, stats, calls);
	}
	let isOwn = false;
	try {
		isOwn = await isStillAt(interim, stats, calls);
	} finally {
		if (!isOwn) await calls.remove(interim).catch(() => undefined);
	}
	return isOwn;
}

/** Gives a file its name that has a name of its own until then, if nothing has that one. */
export async function nameNew(from: string, to: string, calls: WriteCalls): Promise<void> {
	try {
		await calls.link(from, to);
	} catch (error) {
		if (!cannotLink.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
		await throwIfExists(to, calls);
		await calls.rename(from, to);
		return;
	}
	await calls.remove(from).catch(() => undefined);
}

async function renameChecked(
	from: string,
	to: string,
	{ stats, replace, check }: Naming,
	calls: WriteCalls,
): Promise<boolean> {
	if (!replace) await throwIfExists(to, calls);
	await check?.();
	await calls.rename(from, to);
	if (await isStillAt(to, stats, calls)) return true;
	await calls.rename(to, from).catch(() => undefined);
	return false;
}

async function throwIfExists(path: string, calls: WriteCalls): Promise<void> {
	try {
		await calls.lookAt(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
		throw error;
	}
	throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST' });
}
