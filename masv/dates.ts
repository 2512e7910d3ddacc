import type { QueryValue } from './apiCall';

/** An ISO date in milliseconds; undefined if it is not a date, or MASV's "no date": docs/masv-api.md#dates-and-ids */
export function toTime(date: unknown): number | undefined {
	const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
	return at > 0 ? at : undefined;
}

/** A date for a query; undefined for an open bound. */
export function toDate(time: number | undefined): string | undefined {
	return time === undefined || time <= 0 ? undefined : new Date(time).toISOString();
}

/** Whether an ISO date lies between two others, ends included; an absent end is open. */
export function isWithin(date: string | undefined, start: QueryValue, end: QueryValue): boolean {
	const at = Date.parse(date ?? '');
	if (typeof start === 'string' && !(at >= Date.parse(start))) return false;
	return !(typeof end === 'string' && !(at <= Date.parse(end)));
}
