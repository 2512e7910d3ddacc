import type { MasvClient, QueryValue } from '../../client';
import { toTime } from '../../dates';
import { pollCreated } from '../created/poll';
import type { CreatedState } from '../created/state';
import { createdStateSchema } from '../created/state';
import type { CreatedWatch, Dated, ListChoice, Standing } from '../created/watch';
import type { Display } from '../found';
import { toOccurrence } from '../found';
import type { EventDefinition, WatchOptions } from './definition';
import { findHighest } from './newest';

/** An event that each record of some lists has once or never, by what the record tells. */
export interface CreatedEvent<R> extends Display<R> {
	keyFacts: EventDefinition['keyFacts'];
	/**
	 * Does something with the lists that the event is looked for in. May do it anew with other ones: then nothing of the
	 * first try may be kept.
	 * @param before the state that the last poll gave
	 */
	withLists: <T>(
		client: MasvClient,
		options: WatchOptions,
		use: (choice: ListChoice<R>) => Promise<T>,
		before?: CreatedState,
	) => Promise<T>;
	standingOf: (record: R, options: WatchOptions) => Standing;
	/** For one poll. Absent: no record is `unproven`. */
	createProof?: (client: MasvClient) => CreatedWatch<R>['isProven'];
	/** What is asked for to find the newest. */
	newestQuery: Record<string, QueryValue>;
}

export function createdEvent<R extends Dated>(event: CreatedEvent<R>): EventDefinition {
	return {
		keyFacts: event.keyFacts,
		poll: async (client, options, saved, pace) => {
			const nowMs = client.clock.now();
			const before = createdStateSchema.safeParse(saved).data;
			const watch = {
				startFrom: options.startFrom,
				standingOf: (record: R) => event.standingOf(record, options),
				isProven: event.createProof?.(client) ?? (() => Promise.resolve(false)),
			};
			const { found, stateWithout } = await event.withLists(
				client,
				options,
				async (choice) => await pollCreated({ ...watch, ...choice }, before, pace, nowMs),
				before,
			);
			return { found: found.map((each) => toOccurrence(each, event)), stateWithout };
		},
		findNewest: async (client, options) => {
			const rankOf = (record: R): number | undefined =>
				event.standingOf(record, options) === 'reached' ? (toTime(record.created_at) ?? 0) : undefined;
			const newest = await event.withLists(
				client,
				options,
				async ({ lists }) => await findHighest(lists, event.newestQuery, rankOf),
			);
			return newest && toOccurrence(newest, event);
		},
	};
}
