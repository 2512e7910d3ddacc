import { MasvInputError } from '../../../masv/errors';
import { toDateObject } from './dateObject';
import { parseDateText } from './dateText';
import { refusal } from './refusal';
import type { Zoned } from './wallTime';
import { wallTimeToMs } from './wallTime';

/** Dates that can be written in RFC 3339, in milliseconds. */
const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** Smaller numbers are seconds, which reach to the year 5138; larger ones are milliseconds, which begin in 1973. */
const millisecondsFrom = 1e11;
/** Still smaller numbers are not a time but, for example, a day count of a spreadsheet. */
const secondsFrom = 1e8;

const hint = 'Select a date, or use an expression such as {{ $now.minus({ days: 30 }).toISO() }}.';

/**
 * A date from n8n (text, seconds or milliseconds, a Luxon or JavaScript date) as ISO 8601 in UTC. `Date` is not used to read
 * text: it reads some forms in UTC, others in the time zone of the process, and days that do not exist as others.
 * @param n8n provides the time zone, because dates from n8n's date picker have none
 * @throws MasvInputError
 */
export function toIsoDate(value: unknown, field: string, n8n: Zoned): string {
	const at = toDateObject(value) ?? fromNumber(value, n8n) ?? fromText(value, n8n);
	if (at !== undefined && at >= earliest && at <= latest) return new Date(at).toISOString();
	// Of Date objects and numbers, refusal() would say that they are what they should be.
	const isTooFar = at !== undefined && Number.isFinite(at) && typeof value === 'object';
	if (typeof value !== 'string') throw refusal(value, field, isTooFar ? 'a date until the year 9999' : 'a date', hint);
	throw new MasvInputError(`"${value.trim()}" is not a date`, { code: 'value_malformed', field, hint });
}

function fromNumber(value: unknown, n8n: Zoned): number | undefined {
	const text = typeof value === 'string' ? value.trim() : value;
	const number = typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
	if (typeof number !== 'number') return undefined;
	// 20261121
	if (number < secondsFrom) return number >= secondsFrom / 10 ? fromText(String(number), n8n) : undefined;
	return number < millisecondsFrom ? number * 1000 : number;
}

function fromText(value: unknown, n8n: Zoned): number | undefined {
	const shown = typeof value === 'string' ? parseDateText(value.trim()) : undefined;
	if (shown === undefined) return undefined;
	return shown.offsetMs === undefined ? wallTimeToMs(shown.shownMs, n8n) : shown.shownMs - shown.offsetMs;
}
