/**
 * What is remembered of an unfinished upload, so that the next try sends only the rest. A record is a file of JSON lines:
 * lines are only ever added, so a crash costs the last line at most. No secret is in it: ids, part numbers and ETags.
 */
export interface JournalRecord {
	/** What earlier tries have written. */
	readonly lines: readonly unknown[];
	append(line: object): Promise<void>;
	/** Forgets it all: the upload is finished, or not worth resuming. */
	remove(): Promise<void>;
	/** Lets the next try have it. */
	release(): Promise<void>;
}

export interface Journal {
	/**
	 * The record of this key for this run alone, empty when there is none.
	 * @returns undefined while another run that is alive holds it
	 */
	claim(key: string): Promise<JournalRecord | undefined>;
}
