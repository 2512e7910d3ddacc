import { toText } from './text';

/**
 * A list separated by commas, semicolons or line breaks, or an array from an expression.
 * @throws MasvInputError for entries that are not text
 */
export function toList(value: unknown, field: string): string[] {
	return toEntries(value, field)
		.flatMap((entry) => entry.split(/[,;\n]/))
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
}

/** Entries of an array, or one text, as they are. Entries without a value are left out. @throws MasvInputError */
export function toEntries(value: unknown, field: string): string[] {
	return (Array.isArray(value) ? (value as unknown[]) : [value])
		.filter((entry) => entry !== undefined && entry !== null)
		.map((entry) => toText(entry, field));
}
