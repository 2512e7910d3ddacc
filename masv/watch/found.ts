/** Identifies an event, and where it was found. */
export interface FoundKey {
	/** The same event has the same key at every poll. */
	key: string;
	/** Events are sorted by this; milliseconds. */
	at: number;
	list: string;
}

/** An event and the record that shows it. */
export interface Found<R> extends FoundKey {
	record: R;
}

/** An event in the form in which it is emitted. */
export interface Occurrence extends FoundKey {
	/** Undefined if the record does not contain it. */
	packageId: string | undefined;
	/** Without secrets. */
	shown: object;
}

export interface Polled<F extends FoundKey, S> {
	found: F[];
	/** The state for the next poll if everything found is emitted except `postponed`. */
	stateWithout: (postponed: readonly FoundKey[]) => S;
}

/** How a record becomes an event. */
export interface Display<R> {
	/** Without secrets. */
	toShown: (record: R) => object;
	packageIdOf: (record: R) => string | undefined;
}

export function toOccurrence<R>({ record, ...key }: Found<R>, display: Display<R>): Occurrence {
	return { ...key, packageId: display.packageIdOf(record), shown: display.toShown(record) };
}
