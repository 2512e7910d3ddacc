import type { WatchEvent, WatchRequest } from '../../masv/watch/poll';

/** A list that is one page. */
export const page = (...records: object[]) => ({ metadata: { total: records.length }, records });

/** A date so many minutes after noon of the day that the samples are of. */
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
