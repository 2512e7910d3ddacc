import { MasvInputError } from '../../../masv/errors';

/** An optional whole number. @throws MasvInputError that names the range */
export function optionalWholeNumber(
	value: number | undefined,
	field: string,
	min: number,
	max: number,
): number | undefined {
	if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
	throw new MasvInputError(`${field} cannot be ${String(value)}`, {
		code: 'value_out_of_range',
		field,
		hint: `Enter a whole number from ${min} to ${max}.`,
	});
}
