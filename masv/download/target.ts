import type { FileSink } from '../transfer/sink';
import type { DiskKind } from '../transfer/disk';
import type { NameRules } from './nameRules';

/** Where a file goes, below a {@link TargetFolder}. Names are those of `localNames.ts`. */
export interface TargetPlace {
	/** The folders around it, from the outermost on. */
	folders: readonly string[];
	name: string;
	/** Its name while it is incomplete. */
	partial: string;
}

/** What is at a place already. */
export interface FoundEntry {
	kind: DiskKind;
	/** Of a file. */
	bytes: number;
	/** Where it is, as people write it. */
	location?: string;
	/** Of a file: another text once its content has changed, or it was replaced. The same again means the same content. */
	stamp?: string;
}

/** A file that is there, open for reading. */
export interface TargetFile {
	/** @returns the number of bytes, 0 at the end */
	read(into: Uint8Array, position: number): Promise<number>;
	close(): void;
}

/**
 * A folder on disk that receives files, held open: everything ends in this very folder or below it, whatever becomes of its
 * path, and no link is followed on the way. Errors are what the user should read.
 */
export interface TargetFolder {
	/** Without links. */
	readonly location: string;
	/** The names that its disk can have. Found out by trying, so ask once. */
	readRules(): Promise<NameRules>;
	/** Bytes that can still be written. Undefined if the system does not tell. */
	readFreeBytes(): Promise<number | undefined>;
	/**
	 * What is at a place below it; undefined if nothing is. If a whole file is, the partial one that its run could not remove
	 * any more is removed.
	 */
	look(place: TargetPlace): Promise<FoundEntry | undefined>;
	/** Opens the file at a place, to compare its content. To be closed by the caller. Undefined if it may not be read. */
	openFile(place: TargetPlace): Promise<TargetFile | undefined>;
	/** How much disk space the partial file of an earlier run takes, which may have gaps. 0 if there is none. */
	readStoredBytes(place: TargetPlace): Promise<number>;
	/** Creates the folders that are missing. */
	makeFolder(folders: readonly string[]): Promise<void>;
	/** @param options `replace`: whether a file that is there when the content is whole may be replaced */
	sink(place: TargetPlace, options: { replace: boolean }): FileSink;
	/**
	 * Opens the folder of a package in this one: the first of these that is the package's already; otherwise, the first that it
	 * can have is reserved for it, and created if it is missing. A folder with content that belongs to no package is somebody's
	 * own. It stays the package's after a power failure.
	 * @returns undefined if all of them are others'
	 */
	claim(names: readonly string[], packageId: string): Promise<TargetFolder | undefined>;
	/** Makes the names of what is in these folders, and their own, outlive a power failure. */
	sync(folders: ReadonlyArray<readonly string[]>): Promise<void>;
	/** Its sinks must have been closed. */
	close(): void;
}
