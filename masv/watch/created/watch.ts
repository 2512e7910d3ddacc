import type { List } from '../reads';

/**
 * Whether the event has happened according to a record: it has, it still may, it never will, or the record alone does not
 * show it.
 */
export type Standing = 'reached' | 'pending' | 'never' | 'unproven';

export interface ListChoice<R> {
	lists: ReadonlyArray<List<R>>;
	/**
	 * Whether lists appear and disappear automatically (the portals of a team), or only when the user changes a setting. In
	 * a list that appeared automatically, records created since activation are new; in one that the user added, only those from `startFrom` on.
	 */
	isOpenEnded: boolean;
}

/** Watches records with a creation date, each of which emits at most one event. */
export interface CreatedWatch<R> extends ListChoice<R> {
	/**
	 * Whether a list that could not be read before is read like one of the first poll, with all events from `startFrom` on. Some of
	 * them may have been emitted before. Otherwise, what was created since activation is new in it.
	 */
	rereadsLists?: boolean;
	/** Also emit what was created from then on, even before activation; milliseconds. */
	startFrom: number | undefined;
	standingOf: (record: R) => Standing;
	/** Called for records that are `unproven`. Undefined: not known now, but perhaps later. */
	isProven: (record: R) => Promise<boolean | undefined>;
}

export type Dated = { id: string; created_at?: string };
