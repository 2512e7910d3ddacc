import { MasvInputError } from '../../../masv/errors';
import type { Zoned } from './wallTime';
import { wallTimeToMs } from './wallTime';

/** Trimmed, and undefined when nothing is left: an optional field that was left empty. */
export function optionalText(value: string | undefined): string | undefined {
	const text = value?.trim();
	return text === '' ? undefined : text;
}

/** @throws MasvInputError */
export function requiredText(value: string, field: string, hint: string): string {
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') throw new MasvInputError(`${field} is empty`, { field, hint });
	return text;
}

/** A list written with commas, semicolons or line breaks, or given as an array by an expression. */
export function toList(value: unknown): string[] {
	return (Array.isArray(value) ? value : [value])
		.flatMap((entry) => String(entry ?? '').split(/[,;\n]/))
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
}

/** Undefined for an empty list: a filter that was not set. */
export function optionalList(value: unknown): string[] | undefined {
	const list = toList(value);
	return list.length === 0 ? undefined : list;
}

/**
 * Mail addresses. Only what cannot be one is refused; MASV knows better than any pattern.
 * @throws MasvInputError that names the entry
 */
export function toAddresses(value: unknown, field: string): string[] {
	const addresses = toList(value);
	const wrong = addresses.find((address) => !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(address));
	if (wrong === undefined) return addresses;
	throw new MasvInputError(`"${wrong}" is not an email address`, {
		field,
		hint: 'Write addresses like name@example.com, with commas between them.',
	});
}

/** Exactly one mail address. @throws MasvInputError */
export function toAddress(value: unknown, field: string): string {
	const [address, ...more] = toAddresses(value, field);
	if (address !== undefined && more.length === 0) return address;
	throw new MasvInputError(address === undefined ? `${field} is empty` : `${field} holds more than one address`, {
		field,
		hint: 'Write one address like name@example.com.',
	});
}

/**
 * A date from n8n (ISO text, a number of milliseconds, a Luxon or JavaScript date) as ISO 8601 in UTC.
 * @param n8n tells the time zone: n8n's date picker gives dates without one
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
		field,
		hint: 'Pick a date, or use an expression such as {{ $now.minus({ days: 30 }).toISO() }}.',
	});
}

/** For a filter that may be left empty. */
export function optionalIsoDate(value: unknown, field: string, n8n: Zoned): string | undefined {
	return value === undefined || value === null || value === '' ? undefined : toIsoDate(value, field, n8n);
}
