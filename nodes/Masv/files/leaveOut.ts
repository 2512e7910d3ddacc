import type { Clock } from '../../../masv/clock';
import { inTurns, quickly } from '../../../masv/inTurns';
import type { DiskEntry } from '../../../masv/transfer/disk';

/** What the user wants to leave out. Values stored in workflows. */
export type LeaveOut = 'systemFiles' | 'emptyFolders' | 'unreadable';

/** Something in a specified folder that is not sent. */
export interface LeftOut {
	/** The specified path, and what is below it. */
	path: string;
	reason: string;
}

/**
 * The names of what systems leave behind in a folder: settings and icons of Finder and Explorer, thumbnails, attributes that
 * macOS stores beside a file on foreign disks (`._` and the name of the file), caches of Final Cut Pro, and at the root of a disk
 * search indexes and deleted files. They change while they are read. Case does not matter to the systems that create them.
 */
export async function systemFilesIn(
	entries: readonly DiskEntry[],
	clock: Pick<Clock, 'sleep'>,
): Promise<ReadonlySet<string>> {
	const found = new Set<string>();
	const beside = new Set<string>();
	const look = ({ name, kind }: DiskEntry): void => {
		const names = { folder: folderNames, file: fileNames, link: undefined, other: undefined }[kind];
		const lowerCase = name.toLowerCase();
		if (names?.has(lowerCase) === true || (kind === 'folder' && lowerCase.endsWith('.fcpcache'))) found.add(name);
		else if (kind === 'file' && name.startsWith('._')) beside.add(name);
	};
	await inTurns(entries, clock, look, quickly);
	if (beside.size === 0) return found;
	const match = ({ name }: DiskEntry): void => {
		const attributes = `._${name}`;
		if (beside.has(attributes)) found.add(attributes);
	};
	await inTurns(entries, clock, match, quickly);
	return found;
}

// Finder really puts a carriage return into the name of an icon.
const fileNames = new Set(['.ds_store', 'icon\r', 'thumbs.db', 'desktop.ini']);
const folderNames = new Set([
	'.spotlight-v100',
	'.trashes',
	'.fseventsd',
	'.temporaryitems',
	'.documentrevisions-v100',
	'$recycle.bin',
	'system volume information',
]);
