/** What the date objects of JavaScript, Luxon, moment and Day.js have in common. */
interface DateLike {
	toISO?: unknown;
	toISOString?: unknown;
	valueOf(): unknown;
}

/** Not a duration ("P30D") or an interval ("2026-11-21/2026-11-22"), which have the same functions. */
const dateText = /^[+-]?\d{4,6}-[^/]*$/;

/**
 * The moment of a date object in milliseconds, NaN if it is invalid; undefined for anything else. Not checked with
 * `instanceof`: n8n evaluates expressions with a Luxon, and possibly in a JavaScript context, of its own.
 */
export function toDateObject(value: unknown): number | undefined {
	const text = typeof value === 'object' && value !== null ? isoTextOf(value) : undefined;
	if (text === undefined || (text !== null && !dateText.test(text))) return undefined;
	return Number((value as DateLike).valueOf());
}

/** The ISO text of a date object, in its own time zone if it has one. Undefined if it is invalid. */
export function toIsoText(date: object): string | undefined {
	return isoTextOf(date) ?? undefined;
}

/** @returns null for an invalid date, undefined for an object without such a text */
function isoTextOf(value: object): string | null | undefined {
	const { toISO, toISOString } = value as DateLike;
	const write = typeof toISO === 'function' ? toISO : toISOString;
	if (typeof write !== 'function') return undefined;
	try {
		const text: unknown = write.call(value);
		return typeof text === 'string' ? text : null;
	} catch {
		return null;
	}
}
