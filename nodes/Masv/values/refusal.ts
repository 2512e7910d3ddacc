import { MasvInputError } from '../../../masv/errors';
import { toDateObject } from './dateObject';

/**
 * The error for a value that is not what a field accepts.
 * @param field label of the field
 * @param expected follows "must be"
 */
export function refusal(value: unknown, field: string, expected: string, hint: string): MasvInputError {
	return new MasvInputError(`${field} must be ${expected}, not ${describe(value)}`, {
		code: 'value_malformed',
		field,
		hint,
	});
}

/** The error for a field without a value. @param hint what to enter; default: for any field */
export function emptyRefusal(field: string, hint?: string): MasvInputError {
	return new MasvInputError(`${field} is empty`, {
		code: 'value_missing',
		field,
		hint: hint ?? 'Enter a value. If it comes from an expression, the expression returned nothing for this item.',
	});
}

const maxShownLength = 60;

/** Objects are only described: they may contain anything, such as file contents or secrets. */
function describe(value: unknown): string {
	if (typeof value === 'string')
		return `"${value.length > maxShownLength ? `${value.slice(0, maxShownLength)}…` : value}"`;
	if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
	if (value === undefined || value === null) return 'empty';
	if (Array.isArray(value)) return 'a list';
	const date = toDateObject(value);
	if (date !== undefined) return Number.isNaN(date) ? 'an invalid date' : 'a date';
	return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
