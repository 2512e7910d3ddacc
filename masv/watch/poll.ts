import type { MasvClient } from '../client';
import type { Details } from './details';
import { toEvents } from './details';
import { createPace } from './pace';
import type { WatchRequest } from './request';
import { definitionOf, stateOf, toSaved } from './request';

export type { WatchEvent, WatchRequest } from './request';

export interface PollOptions {
	/** The time that the whole poll may take. */
	budgetMs: number;
	/** Fetches what is added to each event about its package. */
	details?: Details;
}

export interface PollResult {
	/** Oldest first. Each is returned by one poll only, provided that `state` is passed to the next. */
	events: object[];
	/** Plain JSON. Store it together with the events, or not at all. */
	state: object;
}

/**
 * What happened since the last poll. Filters use MASV's clock, never ours, except for packages about to expire.
 * @param saved the state that the last poll returned; with anything else, such as that of another watch, it starts over
 * @throws MasvError; then nothing has changed, and the next poll finds the same events
 */
export async function pollEvents(
	client: MasvClient,
	request: WatchRequest,
	saved: unknown,
	options: PollOptions,
): Promise<PollResult> {
	const { details } = options;
	const pace = createPace(client.clock, options.budgetMs, details !== undefined);
	const before = stateOf(client, request, saved);
	const definition = definitionOf(request);
	const { found, stateWithout } = await definition.poll(client, request, before, pace);
	found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
	const { events, postponed } = await toEvents(found, definition.type, details, pace);
	return { events, state: toSaved(client, request, stateWithout(postponed)) };
}

/** Whether a poll with this state continues where another one ended, rather than starting over. */
export function hasBegun(client: MasvClient, request: WatchRequest, saved: unknown): boolean {
	return stateOf(client, request, saved) !== undefined;
}
