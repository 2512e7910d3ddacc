/**
 * What the file system says about the content of a file. Times are nanoseconds since the epoch, as decimal text, because a
 * number is too short for them. File systems with a coarser clock fill up with zeros.
 */
export interface FileStamp {
	bytes: number;
	/** When the content was last modified. Programs such as `cp -p` and `rsync -t` set it back. */
	modified: string;
	/** When the content or the entry was last changed. Programs cannot set it. */
	changed: string;
	/** Of a network share, differs from mount to mount. */
	device: string;
	/** After a file is deleted, another one may get its number at once. */
	inode: string;
	/** When the file was created, which a new name does not change. Undefined on disks that do not say. */
	born?: string;
}

/** Properties of a file, known before it is read. */
export interface FileFacts {
	name: string;
	/** Folder in the package: relative, separated by `/`, empty for the root. */
	path: string;
	bytes: number;
	modifiedAt: Date;
	/** Where the content is: a path on disk, or the ID of binary data. Uploads of files without it are not resumed. */
	location?: string;
	/** State of the content when it was planned. Absent for content that cannot change: binary data with an ID. */
	stamp?: FileStamp;
}

/** A folder of the package in which no file is: MASV calls it a directory. `path` is the folder around it. */
export type DirectoryFacts = Pick<FileFacts, 'name' | 'path' | 'modifiedAt'>;

/** Reads an open file by range. */
export interface RangeReader {
	/** Reads from `position` into `into`. @returns the number of bytes read, 0 at the end of the file */
	read(into: Uint8Array, position: number): Promise<number>;
	/** The current state, to check that the file has not changed. */
	look(): Promise<FileStamp>;
	close(): void;
}

/** A small file that was read whole. */
export interface WholeFile {
	/** A part of the buffer that was given. */
	content: Uint8Array;
	/** Right after reading. */
	stamp: FileStamp;
}

/**
 * @param into for all contents, so at least as long as all of them together
 * @returns undefined for files that could not be read in this way. They have to be opened to know why. What hangs may still write
 * into the buffer. Never rejects.
 */
export type ReadTogether = (sources: RangeSource[], into: Uint8Array) => Promise<Array<WholeFile | undefined>>;

/** Can be read by range, in parallel and repeatedly: a file on disk or in memory. */
export interface RangeSource extends FileFacts {
	kind: 'range';
	open(): Promise<RangeReader>;
	/** Reads small files at once, where that is faster than one after the other. Sources that share the function can be mixed. */
	readTogether?: ReadTogether;
}

/** A stream that has been opened. */
export interface OpenStream {
	/** Can have any size: some stores return the whole file as one. */
	pieces: AsyncIterable<Uint8Array>;
	/** Ends the stream at any time, even if it has stalled, and may be called again. Never throws. */
	close: () => void;
}

/** Can be read once, from start to end. */
export interface StreamSource extends FileFacts {
	kind: 'stream';
	open(): Promise<OpenStream>;
}

export type FileSource = RangeSource | StreamSource;
