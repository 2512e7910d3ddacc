import type { WatchEvent, WatchRequest } from '../../masv/watch/poll';

/** A list response with a single page. */
export const page = (...records: object[]) => ({ metadata: { total: records.length }, records });

/** A date this many minutes after noon on the day of the samples. */
export const at = (minutes: number): string =>
	new Date(Date.parse('2026-01-15T12:00:00Z') + minutes * 60_000).toISOString();

export const finalized = (id: string, minutes: number, more: object = {}) => ({
	id,
	state: 'finalized',
	created_at: at(minutes),
	access_token: `token-${id}`,
	...more,
});

interface EmittedEvent {
	event_type: string;
	event_time?: string;
	object: object;
	activity?: object;
}

/** The records that events show, each with the type of its event and what was added to the event. */
export const recordsOf = (events: object[]): object[] =>
	(events as EmittedEvent[]).map(({ event_type: event, event_time: _time, object, activity, ...more }) => ({
		...(activity ?? object),
		event,
		...more,
	}));

export const requestOf = (event: WatchEvent, more: Partial<WatchRequest> = {}): WatchRequest => ({
	event,
	portalIds: undefined,
	days: 3,
	startFrom: undefined,
	...more,
});
