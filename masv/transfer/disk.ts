import type { FileFacts, FileStamp, RangeSource } from './source';

/** What a name in a folder, or a path, stands for. A link may lead to any of these. */
export type DiskKind = 'file' | 'folder' | 'link' | 'other';

/** The `code` of files whose content the system generates. Not one of the system's own. */
export const sizelessFile = 'ESIZELESS';

/** A file on disk that can be read. */
export interface DiskFile {
	/** The path as the system reports it: differs from the requested one at most in upper and lower case. */
	location: string;
	bytes: number;
	/** Whole milliseconds. */
	modifiedAt: Date;
	stamp: FileStamp;
}

/** What a folder contains. */
export interface DiskEntry {
	name: string;
	kind: DiskKind;
	/** False if the name is not valid UTF-8: then nothing can be opened by it. */
	isExact: boolean;
}

/**
 * The local disk. Callers must check which paths may be read, and resolve their links first: no function follows a link,
 * except `resolve`. None blocks the process. A call that does not return in time fails with ETIMEDOUT.
 * @throws errors with the system's `code`: ENOENT, or ELOOP if there is a link in the path
 */
export interface Disk {
	/** Home folder of the user that runs the process. */
	homeFolder(): string;
	/** The path of an entry of a folder, as short a text as possible: there may be 100,000 of them. */
	entryPath(folder: string, name: string): string;
	/** The path with all links resolved. */
	resolve(path: string): Promise<string>;
	/** Waits for a call to a disk that someone else has made, but no longer than for one of these. */
	within<T>(work: Promise<T>): Promise<T>;
	/** What is at this path. */
	look(location: string): Promise<DiskKind>;
	/**
	 * Opens a file for a moment: it exists, is a regular file, and can be read. One that has content although its size is 0, as
	 * in `/proc`, fails with {@link sizelessFile}: it would be sent as an empty one.
	 */
	inspect(location: string): Promise<DiskFile>;
	/** A folder and its entries, sorted by name. */
	list(location: string): Promise<{ modifiedAt: Date; entries: DiskEntry[] }>;
	/**
	 * Whether a file that is missing seems to be on a disk that is not mounted.
	 * @param device of the file, see `FileStamp`
	 * @param mounted devices that are mounted
	 */
	isUnmounted(location: string, device: string, mounted: ReadonlySet<string>): Promise<boolean>;
	/** A file that can be read by range, with these facts. It is opened on first use, not here. */
	source<F extends FileFacts>(location: string, facts: F): F & RangeSource & { location: string };
}
