/** What is known of a file before it is read. */
export interface FileFacts {
	name: string;
	/** Folder within the package: relative, `/` between its parts, empty for the top. */
	path: string;
	bytes: number;
	modifiedAt: Date;
	/**
	 * Tells this very content from any other, for as long as it lies where it is: place, size and modification time of a
	 * file. Absent: it cannot be told, and an upload of it is not resumed.
	 */
	identity?: string;
}

/** Reads any part of an open file. */
export interface RangeReader {
	/** Fills `into` from `position` as far as there are bytes; returns how many it read, 0 at the end of the file. */
	read(into: Uint8Array, position: number): Promise<number>;
	/** Size and modification time as they are now, for the proof that the file stayed as it was. */
	look(): { bytes: number; modifiedMs: number };
	close(): void;
}

/** Can be read at any place, in parallel, again: a file on disk, bytes in memory. */
export interface RangeSource extends FileFacts {
	kind: 'range';
	open(): Promise<RangeReader>;
}

/** Can be read once, from its beginning. Never trust the sizes of the pieces: some stores give the whole file as one. */
export interface StreamSource extends FileFacts {
	kind: 'stream';
	open(): Promise<AsyncIterable<Uint8Array>>;
}

export type FileSource = RangeSource | StreamSource;
