import { refusal } from './refusal';

/** An option of a field that offers a choice. */
export interface Choice {
	name: string;
	value: string | number | boolean;
}

/** The value of the option with this value or label, in any case. @throws MasvInputError that lists the options */
export function toChoice(value: unknown, field: string, choices: readonly Choice[]): Choice['value'] {
	const exact = choices.find((choice) => choice.value === value);
	if (exact !== undefined) return exact.value;
	const text = normalize(value);
	const found =
		choices.find((choice) => normalize(choice.value) === text) ?? choices.find(({ name }) => normalize(name) === text);
	if (text !== undefined && found !== undefined) return found.value;
	const values = choices.map((choice) => String(choice.value)).join(', ');
	throw refusal(value, field, 'one of its options', `Choose one from the list, or use one of these values: ${values}.`);
}

/** The same for several options, as an array or comma-separated text; each once. @throws MasvInputError */
export function toChoices(value: unknown, field: string, choices: readonly Choice[]): Array<Choice['value']> {
	const entries: unknown = typeof value === 'string' ? value.split(',') : value;
	const given = (Array.isArray(entries) ? (entries as unknown[]) : [entries]).filter(
		(entry) => entry !== undefined && entry !== null && normalize(entry) !== '',
	);
	return [...new Set(given.map((entry) => toChoice(entry, field, choices)))];
}

function normalize(value: unknown): string | undefined {
	return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim().toLowerCase() : undefined;
}
