import type { MasvClient } from '../../client';
import type { Occurrence, Polled } from '../found';
import type { Pace } from '../pace';

/** The settings that change what an event looks for. */
export interface WatchOptions {
	/** Undefined: all. Ignored for packages sent or expiring. */
	portalIds: string[] | undefined;
	/** How many days before its expiry a package is due; only for packages expiring. */
	days: number;
	/** Also emit what existed before the first poll, from this date on; milliseconds. */
	startFrom: number | undefined;
}

/** All that polling and test events need to know about one event. */
export interface EventDefinition {
	/** The `event_type` of what is emitted. Where MASV's webhooks report the same, their name for it. */
	type: string;
	/** The settings that a stored state belongs to: if one changes, the watch starts over. */
	keyFacts: (options: WatchOptions) => unknown[];
	/**
	 * What happened since the last poll.
	 * @param saved the state that the last poll returned; with anything else it starts over
	 */
	poll: (client: MasvClient, options: WatchOptions, saved: unknown, pace: Pace) => Promise<Polled<Occurrence, object>>;
	/** The event to test a workflow with. */
	findNewest: (client: MasvClient, options: WatchOptions) => Promise<Occurrence | undefined>;
}
