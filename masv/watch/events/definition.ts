import type { MasvClient } from '../../client';
import type { Occurrence, Polled } from '../found';
import type { Pace } from '../pace';

/** What the user has set, as far as it changes what an event looks for. */
export interface WatchOptions {
	/** Undefined: all. Not for packages sent or expiring. */
	portalIds: string[] | undefined;
	/** Days before a package expires, for packages expiring. */
	days: number;
	/** Emit also what was there at the first poll already, from this date on; milliseconds. */
	startFrom: number | undefined;
}

/** One event that can be watched: all that polling, and looking for a test event, has to know of it. */
export interface EventDefinition {
	/** What makes a watch the one that a state belongs to, beside the server, the team and the event. */
	keyFacts: (options: WatchOptions) => unknown[];
	/**
	 * What happened since the last poll.
	 * @param saved the state that the last poll gave; anything else begins anew
	 */
	poll: (client: MasvClient, options: WatchOptions, saved: unknown, pace: Pace) => Promise<Polled<Occurrence, object>>;
	/** The event to try a workflow with. */
	findNewest: (client: MasvClient, options: WatchOptions) => Promise<Occurrence | undefined>;
}
