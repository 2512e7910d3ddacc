/** A piece of a file. Bytes. */
export interface ByteRange {
	start: number;
	length: number;
}

/** Place and length of a part; `index` counts from 0. All parts have `partBytes` but the last, which may be shorter. */
export function partRange({ partBytes }: { partBytes: number }, bytes: number, index: number): ByteRange {
	const start = index * partBytes;
	return { start, length: Math.min(partBytes, bytes - start) };
}
