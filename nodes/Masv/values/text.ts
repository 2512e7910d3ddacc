import { toDateObject, toIsoText } from './dateObject';
import { refusal } from './refusal';

/**
 * Text; a number, or a date in ISO 8601. Not a boolean: no one means the text "true" as a name or an address.
 * @throws MasvInputError
 */
export function toText(value: unknown, field: string): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
	const date = toDateObject(value) === undefined ? undefined : toIsoText(value as object);
	if (date !== undefined) return date;
	throw refusal(value, field, 'text', 'Check the expression.');
}

/** Trimmed; undefined if nothing is left, as for an optional field left empty. */
export function optionalText(value: string | undefined): string | undefined {
	const text = value?.trim();
	return text === '' ? undefined : text;
}
