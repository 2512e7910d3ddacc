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
export function systemFilesIn(entries: readonly DiskEntry[]): ReadonlySet<string> {
	const names = new Set(entries.map(({ name }) => name));
	const isSystemFile = ({ name, kind }: DiskEntry): boolean => {
		if (kind === 'folder') return folderNames.has(name.toLowerCase()) || name.toLowerCase().endsWith('.fcpcache');
		if (kind !== 'file') return false;
		return fileNames.has(name.toLowerCase()) || (name.startsWith('._') && names.has(name.slice(2)));
	};
	return new Set(entries.filter(isSystemFile).map(({ name }) => name));
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
