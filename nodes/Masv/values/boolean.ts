import { refusal } from './refusal';

/** No plain object: it would have a meaning for `constructor`, too. */
const meanings = new Map([
	['true', true],
	['yes', true],
	['1', true],
	['false', false],
	['no', false],
	['0', false],
]);

/**
 * A boolean, or the text or number that stands for one. Everything else is refused: JavaScript's rules would turn the text
 * "false" into true. @throws MasvInputError
 */
export function toBoolean(value: unknown, field: string): boolean {
	const meant = ['boolean', 'string', 'number'].includes(typeof value)
		? meanings.get(String(value).trim().toLowerCase())
		: undefined;
	if (meant !== undefined) return meant;
	throw refusal(value, field, 'true or false', 'Use the toggle, or an expression that returns true or false.');
}
