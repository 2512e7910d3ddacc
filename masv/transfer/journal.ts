/**
 * What one run leaves for the next: IDs, part numbers, checksums, and sealed tokens. A hint, never the truth: it may be
 * missing, old, incomplete or of another worker. Lines are only appended, so a crash loses at most the last ones.
 */
export interface JournalRecord {
	/** Lines of earlier runs. */
	readonly lines: readonly unknown[];
	/** Resolves when the line is on its way to disk. Several lines may be written together, in order. */
	append(line: object): Promise<void>;
	/** Deletes all lines. */
	remove(): Promise<void>;
	close(): Promise<void>;
}

export interface Journal {
	/**
	 * The record of this key; a new one is empty. Several runs may append to one record. Whoever wants it alone takes a
	 * lease first.
	 */
	open(key: string): Promise<JournalRecord>;
}
