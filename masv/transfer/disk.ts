import type { FileFacts, RangeSource } from './source';

/** What lies at a place on disk. */
export interface DiskEntry {
	kind: 'file' | 'folder' | 'other';
	bytes: number;
	/** Whole milliseconds. */
	modifiedAt: Date;
}

/**
 * The disk of the machine this runs on. Which places may be looked at is decided by whoever asks.
 * @throws errors with the system's `code`, such as ENOENT
 */
export interface Disk {
	/** Of the user this runs as. */
	homeFolder(): string;
	look(location: string): Promise<DiskEntry>;
	/** Names in a folder, sorted. */
	list(location: string): Promise<string[]>;
	/** A file that can be read by range. Opened when it is read. */
	source(location: string, facts: FileFacts): RangeSource;
}
