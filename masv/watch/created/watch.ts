import type { List } from '../reads';

/**
 * What a record says about the event that is waited for: it has happened; it may still happen; it never will; or that cannot
 * be seen from the record alone.
 */
export type Standing = 'reached' | 'pending' | 'never' | 'unproven';

export interface ListChoice<R> {
	lists: ReadonlyArray<List<R>>;
	/**
	 * Whether lists come and go by themselves (the portals of a team) rather than by the user's choice. What a list of the
	 * first kind holds that was created since activation is new, what one of the second kind holds was there before.
	 */
	isOpenEnded: boolean;
}

/** Records with a date of creation, each of which has its event once or never. */
export interface CreatedWatch<R> extends ListChoice<R> {
	/** Emit also what was created from then on; milliseconds. */
	startFrom: number | undefined;
	standingOf: (record: R) => Standing;
	/** Asked about what is `unproven`. Undefined: not now, but perhaps later. */
	isProven: (record: R) => Promise<boolean | undefined>;
}

export type Dated = { id: string; created_at?: string };
