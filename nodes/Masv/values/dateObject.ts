/** What the date objects of JavaScript, Luxon, moment and Day.js have in common. */
interface DateLike {
	toISO?: unknown;
	toISOString?: unknown;
	valueOf(): unknown;
}

/**
 * The moment of a date object in milliseconds, NaN if it is invalid; undefined for anything else. Not checked with
 * `instanceof`: n8n evaluates expressions with a Luxon, and possibly in a JavaScript context, of its own.
 */
export function toDateObject(value: unknown): number | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const { toISO, toISOString } = value as DateLike;
	if (typeof toISO !== 'function' && typeof toISOString !== 'function') return undefined;
	return Number((value as DateLike).valueOf());
}

/** The ISO text of a date object, in its own time zone if it has one. Undefined if it is invalid. */
export function toIsoText(date: object): string | undefined {
	const at = toDateObject(date);
	if (at === undefined || Number.isNaN(at)) return undefined;
	const { toISO } = date as { toISO?: () => unknown };
	const text = typeof toISO === 'function' ? toISO.call(date) : undefined;
	return typeof text === 'string' ? text : new Date(at).toISOString();
}
