import type { IBinaryData } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import type { Field } from './operation';
import { entriesOf } from './operation';
import { toBoolean } from './values/boolean';
import type { Choice } from './values/choice';
import { toChoice, toChoices } from './values/choice';
import { toIsoDate } from './values/date';
import { toEntries, toList } from './values/list';
import { isPlainObject } from './values/plainObject';
import { emptyRefusal, refusal } from './values/refusal';
import { toText } from './values/text';
import type { Zoned } from './values/wallTime';
import { toWholeNumber } from './values/wholeNumber';

/**
 * The value of a field, converted by the type of the field: expressions return anything, whatever the field shows in the
 * editor. Every value that an operation or a trigger works with comes from here.
 * @throws MasvInputError that names the field, for a value that cannot be what the user meant
 */
export function toFieldValue(field: Field, value: unknown, n8n: Zoned): unknown {
	// Only for the editor.
	if (field.type === 'notice' || field.type === 'hidden') return '';
	if (isEmpty(enteredIn(field, value))) return toEmptyValue(field);
	const { type, displayName: label } = field;
	switch (type) {
		case 'boolean':
			return toBoolean(value, label);
		case 'number':
			return toWholeNumber(value, label, field.typeOptions);
		case 'color':
		case 'string':
			return toTextValue(field, value);
		case 'dateTime':
			return toIsoDate(value, label, n8n);
		case 'options':
			return toChoice(value, label, field.options as Choice[]);
		case 'multiOptions':
			// Without options of its own, the list comes from MASV, and so do the IDs in an expression.
			return field.options === undefined
				? [...new Set(toList(value, label))]
				: toChoices(value, label, field.options as Choice[]);
		case 'resourceLocator':
			return toLocatedId(field, value);
		case 'collection':
			return toCollection(field, value, n8n);
		case 'fixedCollection':
			return toEntryList(field, value, n8n);
		default:
			throw new Error(`Fields of type ${type} have no conversion`);
	}
}

/** The value of a field that is not shown: its default, which may be empty even if the field is required. */
export function toHiddenValue(field: Field, n8n: Zoned): unknown {
	const { default: value } = field;
	if (field.type === 'resourceLocator') return '';
	return toFieldValue({ ...field, required: false }, value, n8n);
}

function isFilled(value: unknown): boolean {
	return Array.isArray(value) && value.length > 0;
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** What was entered, or what an expression returned: n8n wraps that of a resource locator. */
function enteredIn({ type }: Field, value: unknown): unknown {
	const isLocator = type === 'resourceLocator' && typeof value === 'object' && value !== null && 'value' in value;
	return isLocator ? value.value : value;
}

/**
 * An expression returned nothing. That is what an empty text field or list has, but not a choice between two things: the
 * default may be the one that the user did not mean.
 */
function toEmptyValue(field: Field): unknown {
	switch (field.type) {
		case 'resourceLocator':
			throw missingId(field);
		case 'collection':
			return {};
		case 'fixedCollection':
		case 'multiOptions':
			return [];
		case 'color':
		case 'string':
		case 'dateTime':
			if (field.required === true) throw emptyRefusal(field.displayName);
			return field.accepts === undefined ? '' : [];
		default:
			throw emptyRefusal(field.displayName);
	}
}

function toTextValue(field: Field, value: unknown): unknown {
	const { displayName: label, accepts } = field;
	if (accepts === undefined) {
		return toText(value, label);
	}
	const entries = accepts === 'binary' ? toBinaryEntries(value, label) : toTexts(value, label, accepts);
	return entries.length === 0 ? toEmptyValue(field) : entries;
}

function toTexts(value: unknown, label: string, accepts: 'list' | 'patterns' | 'lines'): string[] {
	// Names of files contain commas, too.
	const isWhole = accepts === 'patterns' && Array.isArray(value);
	if (accepts !== 'lines' && !isWhole) return toList(value, label);
	const lines = toEntries(value, label).flatMap((entry) => entry.split(/\r?\n/));
	return lines.filter((line) => line.trim() !== '');
}

/**
 * Binary data in an expression is the data itself, or an object or a list of it, such as `$binary`, which is empty if the item
 * has none.
 */
function toBinaryEntries(value: unknown, label: string): Array<string | IBinaryData> {
	return binariesIn(value)
		.filter((entry) => !isEmpty(entry))
		.map((entry) => {
			if (isBinaryData(entry)) return entry;
			if (typeof entry === 'string' || typeof entry === 'number') return toText(entry, label);
			throw refusal(
				entry,
				label,
				'binary data or names of binary fields',
				'Enter a name such as data, or use an expression such as {{ $binary.data }}.',
			);
		});
}

function binariesIn(value: unknown): unknown[] {
	if (Array.isArray(value)) return value;
	if (!isPlainObject(value)) return [value];
	const inside = Object.values(value);
	return inside.every(isBinaryData) ? inside : [value];
}

function isBinaryData(value: unknown): value is IBinaryData {
	if (typeof value !== 'object' || value === null || !('mimeType' in value)) return false;
	const { data, id } = value as { data?: unknown; id?: unknown };
	return typeof id === 'string' || ((id ?? undefined) === undefined && typeof data === 'string');
}

/** The ID in a resource locator. n8n's own `extractValue` throws for a hidden one. */
function toLocatedId(field: Field, value: unknown): string {
	const located = enteredIn(field, value);
	if (typeof located !== 'string' && typeof located !== 'number') {
		throw refusal(located, field.displayName, 'an ID', 'Choose one from the list, or enter its ID as text.');
	}
	const id = toText(located, field.displayName).trim();
	if (/[/?]/.test(id) && field.modes?.some(({ name }) => name === 'url') !== true) throw urlRefusal(field, id);
	return id;
}

/** No ID contains a slash. The text is not shown: a download link contains a secret. */
function urlRefusal({ displayName: label }: Field, text: string): MasvInputError {
	const forLinks = /[?&]secret=/i.test(text)
		? ' For a download link, use Receive Files or Download with Authentication set to Link.'
		: '';
	return new MasvInputError(`${label} must be an ID, not a URL`, {
		code: 'id_malformed',
		field: label,
		hint: `Choose one from the list, or enter only its ID.${forLinks}`,
	});
}

function missingId({ displayName: label }: Field): MasvInputError {
	return new MasvInputError(`No ${label.toLowerCase()} is selected`, {
		code: 'id_missing',
		field: label,
		hint: 'Choose one from the list or enter its ID. If it comes from an expression, the expression returned nothing for this item.',
	});
}

/**
 * The options that are set. One whose expression returned nothing, or that was left empty, is not.
 * @throws MasvInputError for one that refuses that
 */
function toCollection(field: Field, value: unknown, n8n: Zoned): Record<string, unknown> {
	if (!isPlainObject(value)) throw refusal(value, field.displayName, 'an object', 'Add the options one by one.');
	const set: Record<string, unknown> = {};
	for (const option of field.options as Field[]) {
		const given = value[option.name];
		if (isEmpty(enteredIn(option, given))) {
			if (option.refusesEmpty === true && option.name in value) throw emptyRefusal(option.displayName, removeOrFill);
			continue;
		}
		const converted = toFieldValue(option, given, n8n);
		// An empty list is a choice of its own where the default is another one.
		const isNothing = Array.isArray(converted) && converted.length === 0 && !isFilled(option.default);
		if (!isNothing) set[option.name] = converted;
	}
	return set;
}

const removeOrFill =
	'Enter a value, or remove the option. If it comes from an expression, the expression returned nothing for this item.';

/** The entries of a fixed collection. The fields of an entry are read like those of an operation: all of them have a value. */
function toEntryList(field: Field, value: unknown, n8n: Zoned): unknown[] {
	const { name: key, values: fields } = entriesOf(field);
	const listed = isPlainObject(value) ? value[key] : value;
	if (isPlainObject(value) && Object.keys(value).length === 0) return [];
	if (!Array.isArray(listed) || !listed.every(isPlainObject)) {
		throw refusal(value, field.displayName, 'a list of objects', 'Add the entries one by one.');
	}
	return listed.map((entry) =>
		Object.fromEntries(
			fields.map((own) => [own.name, toFieldValue(own, own.name in entry ? entry[own.name] : own.default, n8n)]),
		),
	);
}
