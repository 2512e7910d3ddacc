import { z } from 'zod';

import type { MasvClient } from '../client';
import * as events from './events';
import type { EventDefinition, WatchOptions } from './events/definition';

export type WatchEvent = keyof typeof events;

export interface WatchRequest extends WatchOptions {
	event: WatchEvent;
}

export function definitionOf({ event }: WatchRequest): EventDefinition {
	return events[event];
}

const savedSchema = z.object({ key: z.string(), state: z.unknown() });

/** What is passed to the next poll: the state, and the watch that it belongs to. */
export function toSaved(client: MasvClient, request: WatchRequest, state: object): z.infer<typeof savedSchema> {
	return { key: keyOf(client, request), state };
}

/** The stored state, if it belongs to this watch. */
export function stateOf(client: MasvClient, request: WatchRequest, saved: unknown): unknown {
	const parsed = savedSchema.safeParse(saved).data;
	return parsed?.key === keyOf(client, request) ? parsed.state : undefined;
}

/**
 * Identifies the watch that a state belongs to. `startFrom` is not part of it: if it comes from an expression, the watch
 * would start over at every poll.
 */
function keyOf(client: MasvClient, request: WatchRequest): string {
	return JSON.stringify([client.baseUrl, client.teamId, request.event, ...definitionOf(request).keyFacts(request)]);
}
