/**
 * The record of an unfinished upload, used to resume it. Lines are only appended, so a crash loses at most the last one. It
 * contains no secrets, only IDs, part numbers and ETags.
 */
export interface JournalRecord {
	/** Lines of earlier runs. */
	readonly lines: readonly unknown[];
	append(line: object): Promise<void>;
	/** Deletes all lines: the upload is complete or cannot be resumed. */
	remove(): Promise<void>;
	/** Makes the record available to other runs. */
	release(): Promise<void>;
}

export interface Journal {
	/**
	 * Locks the record of this key for this run. A new record is empty.
	 * @returns undefined while another active run uses it
	 */
	claim(key: string): Promise<JournalRecord | undefined>;
}
