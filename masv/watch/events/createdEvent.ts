import type { QueryValue } from '../../apiCall';
import type { MasvClient } from '../../client';
import { toTime } from '../../dates';
import { pollCreated } from '../created/poll';
import type { CreatedState } from '../created/state';
import { createdStateSchema } from '../created/state';
import type { CreatedWatch, Dated, ListChoice, Standing } from '../created/watch';
import type { Display } from '../found';
import { toOccurrence } from '../found';
import type { EventDefinition, WatchOptions } from './definition';
import { findHighest } from './newest';

/** An event that each record of certain lists has at most once. */
export interface CreatedEvent<R> extends Display<R> {
	type: EventDefinition['type'];
	keyFacts: EventDefinition['keyFacts'];
	/**
	 * Calls `use` with the lists to look in. It may call it again with other lists if those are not available; then nothing
	 * of the first call may be kept.
	 * @param before the state that the last poll returned
	 */
	withLists: <T>(
		client: MasvClient,
		options: WatchOptions,
		use: (choice: ListChoice<R>) => Promise<T>,
		before?: CreatedState,
	) => Promise<T>;
	standingOf: (record: R, options: WatchOptions) => Standing;
	/** Called once per poll. Absent if no record is `unproven`. */
	createProof?: (client: MasvClient) => CreatedWatch<R>['isProven'];
	/** Filters and order that find the newest event. */
	newestQuery: Record<string, QueryValue>;
}

export function createdEvent<R extends Dated>(event: CreatedEvent<R>): EventDefinition {
	return {
		type: event.type,
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
			return { found: found.map((each) => toOccurrence(each, event, changeOf(each.record))), stateWithout };
		},
		findNewest: async (client, options) => {
			const rankOf = (record: R): number | undefined =>
				event.standingOf(record, options) === 'reached' ? (toTime(record.created_at) ?? 0) : undefined;
			const newest = await event.withLists(
				client,
				options,
				async ({ lists }) => await findHighest(lists, event.newestQuery, rankOf),
			);
			return newest && toOccurrence(newest, event, changeOf(newest.record));
		},
	};
}

/** MASV does not report when a record reached its state, but records of that state rarely change afterwards. */
function changeOf({
	updated_at: updatedAt,
	created_at: createdAt,
}: Dated & { updated_at?: unknown }): string | undefined {
	return typeof updatedAt === 'string' ? updatedAt : createdAt;
}
