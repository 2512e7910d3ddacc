/** Properties of a file, known before it is read. */
export interface FileFacts {
	name: string;
	/** Folder in the package: relative, separated by `/`, empty for the root. */
	path: string;
	bytes: number;
	modifiedAt: Date;
	/**
	 * Identifies the content, for example by location, size and modification time. Uploads of files without it are not
	 * resumed.
	 */
	identity?: string;
}

/** Reads an open file by range. */
export interface RangeReader {
	/** Reads from `position` into `into`. @returns the number of bytes read, 0 at the end of the file */
	read(into: Uint8Array, position: number): Promise<number>;
	/** Current size and modification time, to check that the file has not changed. */
	look(): { bytes: number; modifiedMs: number };
	close(): void;
}

/** Can be read by range, in parallel and repeatedly: a file on disk or in memory. */
export interface RangeSource extends FileFacts {
	kind: 'range';
	open(): Promise<RangeReader>;
}

/** Can be read once, from start to end. Pieces can have any size: some stores return the whole file as one. */
export interface StreamSource extends FileFacts {
	kind: 'stream';
	open(): Promise<AsyncIterable<Uint8Array>>;
}

export type FileSource = RangeSource | StreamSource;
