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

/** What goes into the next poll: the state of an event, and which watch it is of. */
export function toSaved(client: MasvClient, request: WatchRequest, state: object): z.infer<typeof savedSchema> {
	return { key: keyOf(client, request), state };
}

/** The state of the event, if `saved` is of this watch. */
export function stateOf(client: MasvClient, request: WatchRequest, saved: unknown): unknown {
	const parsed = savedSchema.safeParse(saved).data;
	return parsed?.key === keyOf(client, request) ? parsed.state : undefined;
}

/**
 * What makes a watch the one that a state belongs to. The date to start from does not: it would begin anew at every poll
 * when it comes from an expression.
 */
function keyOf(client: MasvClient, request: WatchRequest): string {
	return JSON.stringify([client.baseUrl, client.teamId, request.event, ...definitionOf(request).keyFacts(request)]);
}
