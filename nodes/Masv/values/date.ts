import { MasvInputError } from '../../../masv/errors';
import type { Zoned } from './wallTime';
import { wallTimeToMs } from './wallTime';

/**
 * A date from n8n (ISO text, milliseconds, a Luxon or JavaScript date) as ISO 8601 in UTC.
 * @param n8n provides the time zone, because dates from n8n's date picker have none
 * @throws MasvInputError
 */
export function toIsoDate(value: unknown, field: string, n8n: Zoned): string {
	const text =
		value instanceof Date
			? value.toISOString()
			: typeof value === 'number'
				? value
				: String((value as string | undefined) ?? '').trim();
	const at = new Date((typeof text === 'string' ? wallTimeToMs(text, n8n) : undefined) ?? text);
	if (text !== '' && !Number.isNaN(at.getTime())) return at.toISOString();
	throw new MasvInputError(text === '' ? `${field} is empty` : `"${text}" is not a date`, {
		code: text === '' ? 'value_missing' : 'value_malformed',
		field,
		hint: 'Select a date, or use an expression such as {{ $now.minus({ days: 30 }).toISO() }}.',
	});
}

/** For an optional filter. */
export function optionalIsoDate(value: unknown, field: string, n8n: Zoned): string | undefined {
	return value === undefined || value === null || value === '' ? undefined : toIsoDate(value, field, n8n);
}
