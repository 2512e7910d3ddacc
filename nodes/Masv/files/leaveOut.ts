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
 * The names of what systems leave behind in a folder: settings of Finder and Explorer, thumbnails, attributes that macOS
 * stores beside a file on foreign disks (`._` and the name of the file), and caches of Final Cut Pro. They change while
 * they are read. Case does not matter to the systems that create them.
 */
export function systemFilesIn(entries: readonly DiskEntry[]): ReadonlySet<string> {
	const names = new Set(entries.map(({ name }) => name));
	const isSystemFile = ({ name, kind }: DiskEntry): boolean => {
		if (kind === 'folder') return name.toLowerCase().endsWith('.fcpcache');
		if (kind !== 'file') return false;
		return fileNames.has(name.toLowerCase()) || (name.startsWith('._') && names.has(name.slice(2)));
	};
	return new Set(entries.filter(isSystemFile).map(({ name }) => name));
}

const fileNames = new Set(['.ds_store', 'thumbs.db', 'desktop.ini']);
