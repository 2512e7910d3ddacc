import type { QueryValue } from './apiCall';

/** An ISO date in milliseconds; undefined if it is not a date, or MASV's "no date": docs/masv-api.md#dates-and-ids */
export function toTime(date: unknown): number | undefined {
	const at = typeof date === 'string' ? parseDate(date) : Number.NaN;
	return at > 0 ? at : undefined;
}

/** A date for a query; undefined for an open bound. */
export function toDate(time: number | undefined): string | undefined {
	return time === undefined || time <= 0 ? undefined : new Date(time).toISOString();
}

/** Whether an ISO date lies between two others, ends included; an absent end is open. "No date" lies in no window. */
export function isWithin(date: string | undefined, start: QueryValue, end: QueryValue): boolean {
	const at = toTime(date) ?? Number.NaN;
	if (typeof start === 'string' && !(at >= parseDate(start))) return false;
	return !(typeof end === 'string' && !(at <= parseDate(end)));
}

/**
 * An ISO date in milliseconds; NaN if it is not a date. Without a time zone it is in UTC, like all of MASV's dates
 * (docs/masv-api.md#dates-and-ids); `Date.parse` would read it in the time zone of the process.
 */
export function parseDate(date: string | undefined): number {
	const text = date ?? '';
	return Date.parse(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text}Z` : text);
}

/** The years that RFC 3339 can write. */
const [earliest, latest] = ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map((text) => Date.parse(text)) as [
	number,
	number,
];
/** MASV's "no date", in milliseconds: docs/masv-api.md#dates-and-ids */
export const noDate = Date.parse('0001-01-01T00:00:00.000Z');

/** The time of a file or folder, as MASV wants it. */
export function toLastModified(modifiedAt: Date): string {
	const ms = modifiedAt.getTime();
	const sentMs = toSendable(ms);
	return (sentMs === ms ? modifiedAt : new Date(sentMs)).toISOString();
}

/** The nearest time that can be sent: file systems store times that no date can express. Milliseconds. */
export function toSendable(ms: number): number {
	return Number.isNaN(ms) ? noDate : Math.min(Math.max(ms, earliest), latest);
}

/** The most that a `Date` can hold, in either direction, in milliseconds (ECMA-262, 21.4.1.1). */
const furthest = 8.64e15;

/** A time of the file system. Some store times that no `Date` can hold: the nearest one that it can. @param ms since the epoch */
export function toFileDate(ms: number): Date {
	return new Date(Math.min(Math.max(ms, -furthest), furthest));
}
