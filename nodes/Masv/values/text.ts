import { MasvInputError } from '../../../masv/errors';

/** Trimmed; undefined if nothing is left, as for an optional field left empty. */
export function optionalText(value: string | undefined): string | undefined {
	const text = value?.trim();
	return text === '' ? undefined : text;
}

/** @throws MasvInputError */
export function requiredText(value: string, field: string, hint: string): string {
	const text = typeof value === 'string' ? value.trim() : '';
	if (text === '') throw new MasvInputError(`${field} is empty`, { code: 'value_missing', field, hint });
	return text;
}
