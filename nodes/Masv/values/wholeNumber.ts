import { MasvInputError } from '../../../masv/errors';

/** An optional whole number. @throws MasvInputError that names the range */
export function optionalWholeNumber(
	value: number | undefined,
	field: string,
	min: number,
	max: number,
): number | undefined {
	if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
	throw new MasvInputError(`${field} is ${String(value)}`, {
		code: 'value_out_of_range',
		field,
		hint: `It takes a whole number from ${min} to ${max}.`,
	});
}
