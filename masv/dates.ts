import type { QueryValue } from './client';

/** Milliseconds of an ISO date; undefined for what is none, MASV's "no date" (`0001-01-01`) among it. */
export function toTime(date: unknown): number | undefined {
	const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
	return at > 0 ? at : undefined;
}

/** For a query; undefined for a bound that is open. */
export function toDate(time: number | undefined): string | undefined {
	return time === undefined || time <= 0 ? undefined : new Date(time).toISOString();
}

/** Whether an ISO date lies within two others, ends included; an absent end is open. */
export function isWithin(date: string | undefined, start: QueryValue, end: QueryValue): boolean {
	const at = Date.parse(date ?? '');
	if (typeof start === 'string' && !(at >= Date.parse(start))) return false;
	return !(typeof end === 'string' && !(at <= Date.parse(end)));
}
