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
	/** Undefined if MASV does not report it. */
	eventTime: string | undefined;
	shown: ShownEvent;
}

/** What an event is about, in the keys of a webhook event: docs/masv-api.md#webhook-events. Without secrets. */
interface ShownEvent {
	/** The package. */
	object: object;
	/** The activity that shows the event; not for packages. */
	activity?: object;
}

export interface Polled<F extends FoundKey, S> {
	found: F[];
	/** The state for the next poll if everything found is emitted except `postponed`. */
	stateWithout: (postponed: readonly FoundKey[]) => S;
}

/** How a record becomes an event. */
export interface Display<R> {
	toShown: (record: R) => ShownEvent;
	packageIdOf: (record: R) => string | undefined;
}

/** @param eventTime when it happened, as ISO 8601 */
export function toOccurrence<R>(
	{ record, ...key }: Found<R>,
	display: Display<R>,
	eventTime: string | undefined,
): Occurrence {
	return { ...key, eventTime, packageId: display.packageIdOf(record), shown: display.toShown(record) };
}
