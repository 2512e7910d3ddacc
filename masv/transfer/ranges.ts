/** A range of a file, in bytes. */
export interface ByteRange {
	start: number;
	length: number;
}

/** The range of a part. `index` counts from 0. The last part may be shorter than `partBytes`. */
export function partRange({ partBytes }: { partBytes: number }, bytes: number, index: number): ByteRange {
	const start = index * partBytes;
	return { start, length: Math.min(partBytes, bytes - start) };
}
