import type { FileFacts, FileStamp, RangeSource } from './source';

/** A file or folder on disk. */
export interface DiskEntry {
	kind: 'file' | 'folder' | 'other';
	bytes: number;
	/** Whole milliseconds. */
	modifiedAt: Date;
	stamp: FileStamp;
}

/**
 * The local disk. Callers must check which paths may be read.
 * @throws errors with the system's `code`, such as ENOENT
 */
export interface Disk {
	/** Home folder of the user that runs the process. */
	homeFolder(): string;
	look(location: string): Promise<DiskEntry>;
	/** Names of the entries in a folder, sorted. */
	list(location: string): Promise<string[]>;
	/** A file that can be read by range. It is opened on first use, not here. */
	source(location: string, facts: FileFacts): RangeSource;
}
