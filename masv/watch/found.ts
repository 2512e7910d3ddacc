/** Which event was found, and where. */
export interface FoundKey {
	/** Of the event; the same event has the same key at every poll. */
	key: string;
	/** What events are put in order by; milliseconds. */
	at: number;
	list: string;
}

/** One event, found. */
export interface Found<R> extends FoundKey {
	record: R;
}

/** The same without its record, ready to be handed over. */
export interface Occurrence extends FoundKey {
	/** Undefined: the record does not tell. */
	packageId: string | undefined;
	/** Without secrets. */
	shown: object;
}

export interface Polled<F extends FoundKey, S> {
	found: F[];
	/** What the next poll has to know, when all that was found is handed over but what is in `postponed`. */
	stateWithout: (postponed: readonly FoundKey[]) => S;
}

/** How a record is shown to people. */
export interface Display<R> {
	/** Without secrets. */
	toShown: (record: R) => object;
	packageIdOf: (record: R) => string | undefined;
}

export function toOccurrence<R>({ record, ...key }: Found<R>, display: Display<R>): Occurrence {
	return { ...key, packageId: display.packageIdOf(record), shown: display.toShown(record) };
}
