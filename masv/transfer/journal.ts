/**
 * The record of an unfinished transfer, used to resume it. It is a hint: it may be missing, old, or end anywhere, but what it
 * contains is always a prefix of what was appended. It contains no secrets in the clear.
 */
export interface JournalRecord {
	/** Lines of earlier runs: objects, in order. A line that a crash truncated is left out. */
	readonly lines: readonly unknown[];
	/**
	 * Resolves when the line is on its way to disk: it outlives this process, but not necessarily a power failure. A durable
	 * line resolves when it, and all lines before it, outlive that too, which takes milliseconds. Lines
	 * appended at the same time are written together, in order. After a failure, all further lines are rejected, because a
	 * record with a gap would claim things that it cannot know.
	 *
	 * An unhurried line may wait for up to a second before it is written, together with others.
	 */
	append(line: object, options?: { durable?: boolean; unhurried?: boolean }): Promise<void>;
	/** Whether something could not be written. Only what `createBookkeeping` returns tells this; others throw. */
	hasFailed?(): boolean;
	/**
	 * Replaces all lines by these, after what was appended before: whoever reads finds either, wherever it dies. Resolves when they
	 * outlive a power failure. Rejects, and leaves the lines as they were, if they cannot be written or somebody else has
	 * appended to the record. Undefined where a journal cannot do this.
	 */
	replace?(lines: Iterable<object>): Promise<void>;
	/** Deletes all lines. Lines appended later begin a new record. */
	remove(): Promise<void>;
	/** Call it once nothing more is appended. Lines appended before it are written; later ones are rejected. */
	close(): Promise<void>;
}

/** Records of unfinished transfers, by key. On a network disk, only one machine at a time may append to a record. */
export interface Journal {
	/**
	 * Takes no lock: if others may want the same record, take the lease of its delivery first. A new record is empty.
	 * All methods, this one included, throw errors of the place where records are kept, with the system's `code`.
	 * @param key letters, digits and hyphens
	 */
	open(key: string): Promise<JournalRecord>;
	/**
	 * What all records contain whose keys begin like this, in the order of their keys. Others may be appending to them.
	 * @param containing only the lines whose JSON contains this text; the others are not parsed
	 * @returns by key; undefined if it cannot be read. Only what `createBookkeeping` returns does this; others throw
	 */
	readAll(prefix: string, containing?: string): Promise<ReadonlyMap<string, readonly unknown[]> | undefined>;
}
