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

export const requestOf = (event: WatchEvent, more: Partial<WatchRequest> = {}): WatchRequest => ({
	event,
	portalIds: undefined,
	days: 3,
	startFrom: undefined,
	...more,
});
