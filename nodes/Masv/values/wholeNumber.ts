import { MasvInputError } from '../../../masv/errors';
import { refusal } from './refusal';

/** Limits of a number, ends included. */
export interface NumberRange {
	minValue?: number;
	maxValue?: number;
}

/** A whole number, or a text that consists of one. @throws MasvInputError that names the range */
export function toWholeNumber(value: unknown, field: string, { minValue, maxValue }: NumberRange = {}): number {
	const text = typeof value === 'string' ? value.trim() : value;
	const number = typeof text === 'string' && text !== '' ? Number(text) : text;
	const range = describeRange(minValue, maxValue);
	if (typeof number !== 'number' || Number.isNaN(number)) {
		throw refusal(value, field, 'a number', `Enter a whole number${range}.`);
	}
	if (Number.isSafeInteger(number) && number >= (minValue ?? -Infinity) && number <= (maxValue ?? Infinity))
		return number;
	throw new MasvInputError(`${field} cannot be ${number}`, {
		code: 'value_out_of_range',
		field,
		hint: `Enter a whole number${range}.`,
	});
}

function describeRange(min: number | undefined, max: number | undefined): string {
	if (min === undefined) return max === undefined ? '' : ` of at most ${max}`;
	return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
}
