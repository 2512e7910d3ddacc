import type { FileFacts, FileStamp, RangeSource } from './source';

/** What a name in a folder, or a path, stands for. A link may lead to any of these. */
export type DiskKind = 'file' | 'folder' | 'link' | 'other';

/** A file on disk that can be read. */
export interface DiskFile {
	/** The path as the system reports it: differs from the requested one at most in upper and lower case. */
	location: string;
	bytes: number;
	/** Whole milliseconds. */
	modifiedAt: Date;
	stamp: FileStamp;
}

/**
 * The local disk. Callers must check which paths may be read, and resolve their links first: no function follows a link,
 * except `resolve`. None blocks the process. A call that does not return in time fails with ETIMEDOUT.
 * @throws errors with the system's `code`: ENOENT, or ELOOP if there is a link in the path
 */
export interface Disk {
	/** Home folder of the user that runs the process. */
	homeFolder(): string;
	/** The path with all links resolved. */
	resolve(path: string): Promise<string>;
	/** What is at this path. */
	look(location: string): Promise<DiskKind>;
	/** Opens a file for a moment: it exists, is a regular file, and can be read. */
	inspect(location: string): Promise<DiskFile>;
	/** The entries of a folder, sorted by name. */
	list(location: string): Promise<Array<{ name: string; kind: DiskKind }>>;
	/** A file that can be read by range, with these facts. It is opened on first use, not here. */
	source<F extends FileFacts>(location: string, facts: F): F & RangeSource & { location: string };
}
