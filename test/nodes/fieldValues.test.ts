import type { IExecuteFunctions } from 'n8n-workflow';
import { DateTime, Duration, Interval } from 'luxon';

import { MasvInputError } from '../../masv/errors';
import { fieldReader, readInput } from '../../nodes/Masv/input';
import type { Authentication, Field, Operation } from '../../nodes/Masv/operation';
import { entriesOf } from '../../nodes/Masv/operation';
import { pollingFields } from '../../nodes/Masv/polling/fields';
import { resources } from '../../nodes/Masv/resources';
import { triggerFields } from '../../nodes/Masv/trigger/fields';
import { fakeN8n } from '../support/fakeN8n';

/** A field, and how the node reads all its values. */
interface Subject {
	/** Where the user finds it. */
	place: string;
	field: Field;
	/** The option's collection. */
	collection?: Field;
	/** The fixed collection with entries that have this field. */
	list?: Field;
	siblings: readonly Field[];
	read: (n8n: IExecuteFunctions, authentication: Authentication) => Record<string, unknown>;
}

/** What the field must make of a value: this value, a refusal, "empty" if it needs one, or an option that is not set. */
type Outcome = { value: unknown } | 'refused' | 'empty';
type Row = [description: string, value: unknown, outcome: Outcome];

const zone = 'Europe/Berlin';
const iso = '2026-11-21T09:00:00.000Z';
const jsDate = new Date(iso);
const luxonDate = DateTime.fromISO(iso, { zone });
const binary = { mimeType: 'a/b', data: '', id: 'filesystem-v2:1' };
const link = 'https://get.massive.io/01J0VK7K95A2ACFRW3Z93DJ7B2?secret=only-the-receiver';
const inItem = { mimeType: 'a/b', data: 'YQ==', id: null };

const refused = (...values: Array<[string, unknown]>): Row[] =>
	values.map(([description, value]) => [description, value, 'refused']);
const dates: Array<[string, unknown]> = [
	['a Date', jsDate],
	['a Luxon date', luxonDate],
];
const structures: Array<[string, unknown]> = [
	['an array', ['a', 'b']],
	['an object', { a: 1 }],
];
const odd = refused(
	['NaN', NaN],
	['an invalid Date', new Date(NaN)],
	['an invalid Luxon date', DateTime.fromISO('soon')],
	// What `$now.diff(...)` returns has the functions of a date, and a number of milliseconds.
	['a duration', Duration.fromObject({ days: 30 })],
	['an interval', Interval.after(luxonDate, { days: 30 })],
	['a function', () => 1],
);
const booleans = refused(['true', true], ['false', false]);
const asText: Row[] = [
	['a number', 20261121, { value: '20261121' }],
	['a Date', jsDate, { value: iso }],
	['a Luxon date', luxonDate, { value: '2026-11-21T10:00:00.000+01:00' }],
	['text', ' a ', { value: ' a ' }],
	['the text of a boolean', 'false', { value: 'false' }],
];
const asList: Row[] = [
	['a number', 7, { value: ['7'] }],
	['a Date', jsDate, { value: [iso] }],
	['a Luxon date', luxonDate, { value: ['2026-11-21T10:00:00.000+01:00'] }],
	['an array', ['a', 7, null], { value: ['a', '7'] }],
	...refused(['an object', { a: 1 }], ['an array of objects', [{ a: 1 }]]),
	...booleans,
	...odd,
];

/** The rows of each type of field, for a field of that type. A new type needs rows of its own. */
const rowsByKind: Record<string, ((field: Field) => Row[]) | undefined> = {
	boolean: () => [
		['true', true, { value: true }],
		['false', false, { value: false }],
		['1', 1, { value: true }],
		['0', 0, { value: false }],
		['the text "true"', 'true', { value: true }],
		['the text "false"', 'false', { value: false }],
		['the text " No "', ' No ', { value: false }],
		['the text "YES"', 'YES', { value: true }],
		...refused(['another number', 7], ['another text', 'maybe'], ...dates, ...structures),
		...odd,
	],
	number: ({ typeOptions: { minValue = 0, maxValue = Infinity } = {} }) => {
		const valid = Math.max(minValue, 7);
		return [
			['a number', valid, { value: valid }],
			['the text of a number', ` ${valid} `, { value: valid }],
			...refused(['a fraction', valid + 0.5], ['a number too small', minValue - 1], ['Infinity', Infinity]),
			...(maxValue < Infinity ? refused(['a number too large', String(maxValue + 1)]) : []),
			...refused(['another text', 'seven'], ...dates, ...structures),
			...booleans,
			...odd,
		];
	},
	string: () => [...asText, ...refused(...structures), ...booleans, ...odd],
	color: () => [...asText, ...refused(...structures), ...booleans, ...odd],
	'string, list': () => [['text', 'a, b', { value: ['a', 'b'] }], ...asList],
	'string, patterns': () => [
		['text', 'a, b', { value: ['a', 'b'] }],
		['an array of names with commas', ['a, b.mov', '*.mp4'], { value: ['a, b.mov', '*.mp4'] }],
		...asList,
	],
	'string, lines': () => [['text', '/a, b\r\n/c', { value: ['/a, b', '/c'] }], ...asList],
	'string, binary': () => [
		['a number', 7, { value: ['7'] }],
		['text', 'a, b', { value: ['a, b'] }],
		['binary data', binary, { value: [binary] }],
		['binary data in the item itself, with an ID that is null', inItem, { value: [inItem] }],
		['all binary data of an item', { one: binary, two: binary }, { value: [binary, binary] }],
		['all binary data of an item without any', {}, 'empty'],
		['an array of binary data and names', [binary, 'a'], { value: [binary, 'a'] }],
		...refused(['an object', { a: 1 }], ['an array of objects', [{ a: 1 }]], ...dates),
		...booleans,
		...odd,
	],
	dateTime: () => [
		['a Date', jsDate, { value: iso }],
		['a Luxon date', luxonDate, { value: iso }],
		['milliseconds', jsDate.getTime(), { value: iso }],
		['seconds', jsDate.getTime() / 1000, { value: iso }],
		['text', '2026-11-21 10:00', { value: iso }],
		...refused(['a number', 7], ['another text', 'soon'], ['30 February', '2026-02-30'], ...structures),
		...booleans,
		...odd,
	],
	options: ({ options }) => [
		...(options as Array<{ name: string; value: string }>).flatMap(({ name, value }): Row[] => [
			[`the value "${value}"`, value, { value }],
			[`the value "${value}" in another case`, ` ${value.toUpperCase()} `, { value }],
			[`the label "${name}"`, name, { value }],
		]),
		...refused(['a number', 7], ['another text', 'nothing of these'], ...dates, ...structures),
		...booleans,
		...odd,
	],
	multiOptions: ({ options }) => {
		const [first, second = first] = (options as Array<{ name: string; value: string }>).map(({ value }) => value);
		return [
			['an array', [first, second, first], { value: [...new Set([first, second])] }],
			['text', `${first}, ${second}`, { value: [...new Set([first, second])] }],
			...refused(['a number', 7], ['another text', 'nothing of these'], ...dates, ...structures),
			...refused(['an array of objects', [{ a: 1 }]]),
			...booleans,
			...odd,
		];
	},
	'multiOptions, from MASV': () => [
		['text', 'O1, O2', { value: ['O1', 'O2'] }],
		['an array', ['O1', 'O2', 'O1'], { value: ['O1', 'O2'] }],
		['a number', 7, { value: ['7'] }],
		...refused(['an object', { a: 1 }], ['an array of objects', [{ a: 1 }]]),
		...booleans,
		...odd,
	],
	resourceLocator: ({ modes = [] }) => [
		['a number', 7, { value: '7' }],
		['text', ' P1 ', { value: 'P1' }],
		['a locator', { mode: 'id', value: 'P1' }, { value: 'P1' }],
		['a locator with a number', { mode: 'id', value: 7 }, { value: '7' }],
		...refused(['a locator with an object', { mode: 'id', value: { id: 'P1' } }], ...dates, ...structures),
		['a URL', link, modes.some(({ name }) => name === 'url') ? { value: link } : 'refused'],
		...booleans,
		...odd,
	],
	fixedCollection: (field) => {
		const { name, values } = entriesOf(field);
		const entry = Object.fromEntries(values.map((own) => [own.name, own.default === '' ? 'a' : own.default]));
		return [
			['an object', {}, { value: [] }],
			['entries', { [name]: [entry, entry] }, { value: [entry, entry] }],
			['an array of objects', [entry], { value: [entry] }],
			...refused(['a number', 7], ['text', 'a'], ['an array', ['a']], ['another object', { a: 1 }], ...dates),
			...refused(['one entry', { [name]: entry }], ['nothing in place of the entries', { [name]: undefined }]),
			...booleans,
			...odd,
		];
	},
	collection: () => [
		['an object', {}, { value: {} }],
		...refused(['a number', 7], ['text', 'a'], ['an array', ['a']], ...dates),
		...booleans,
		...odd,
	],
};

/** Fields whose values are not what their type says, with the rows that replace those of the type. None at present. */
const rowsByField: Record<string, Row[] | undefined> = {};

/** They show something in the editor, and have no value. */
const withoutValue = ['hidden', 'notice'];

function kindOf({ type, accepts, options }: Field): string {
	if (type === 'multiOptions' && options === undefined) return 'multiOptions, from MASV';
	return accepts === undefined ? type : `${type}, ${accepts}`;
}

function rowsOf({ place, field, collection }: Subject): Row[] | undefined {
	const rows = rowsByField[place] ?? rowsByKind[kindOf(field)]?.(field);
	const outcome = emptyOutcome(field, collection !== undefined);
	const empties: unknown[] = [undefined, null, '', ' '];
	if (field.type === 'fixedCollection') empties.push([]);
	// What n8n returns for a locator is one, whatever the expression in it returned.
	if (field.type === 'resourceLocator') empties.push({ mode: 'id', value: null }, { mode: 'list', value: '' });
	if (field.type === 'multiOptions' || field.accepts !== undefined) empties.push([], [null]);
	// An empty list is a choice of its own where the default is another one.
	const isChoice = collection !== undefined && Array.isArray(field.default) && field.default.length > 0;
	const nothing: Row[] = empties.map((value) => {
		const isChosen = isChoice && Array.isArray(value);
		return [JSON.stringify(value) ?? 'undefined', value, isChosen ? { value: [] } : outcome];
	});
	return rows === undefined ? undefined : [...rows, ...nothing];
}

/**
 * An expression that returned nothing: an option is not set, unless it is a password that protects something; text and lists are
 * empty, and a choice is not guessed.
 */
function emptyOutcome({ name, type, typeOptions, accepts, required }: Field, isOption: boolean): Outcome {
	const protects = typeOptions?.password === true && name !== 'linkPassword';
	if (isOption) return protects ? 'empty' : { value: undefined };
	if (type === 'collection') return { value: {} };
	if (type === 'multiOptions' || type === 'fixedCollection') return { value: [] };
	if (type === 'dateTime' && required !== true) return { value: '' };
	if (type === 'string' && required !== true) return { value: accepts === undefined ? '' : [] };
	return 'empty';
}

function withOptions(subject: Subject): Subject[] {
	const { field } = subject;
	if (field.type === 'fixedCollection') {
		const own = entriesOf(field).values.map((value) => ({
			...subject,
			field: value,
			list: field,
			place: `${subject.place} > ${value.displayName}`,
		}));
		return [subject, ...own];
	}
	if (field.type !== 'collection') return [subject];
	const options = (field.options as Field[]).map((option) => ({
		...subject,
		field: option,
		collection: field,
		place: `${subject.place} > ${option.displayName}`,
	}));
	return [subject, ...options];
}

function subjectsOf(node: string, fields: readonly Field[], read: Subject['read']): Subject[] {
	return fields
		.filter(({ type }) => !withoutValue.includes(type))
		.flatMap((field) => withOptions({ place: `${node} > ${field.displayName}`, field, siblings: fields, read }));
}

const readOf =
	(operation: Operation): Subject['read'] =>
	(n8n, chosen) =>
		readInput(n8n, operation, 0, chosen);
const readTrigger =
	(fields: readonly Field[]): Subject['read'] =>
	(n8n) => {
		const valueOf = fieldReader(fields, n8n, (name, fallback) => n8n.getNodeParameter(name, 0, fallback as string));
		const withValue = fields.filter(({ type }) => !withoutValue.includes(type));
		return Object.fromEntries(withValue.map(({ name }) => [name, valueOf(name)]));
	};

const subjects = [
	...resources.flatMap(({ name, operations }) =>
		Object.values(operations).flatMap((operation) =>
			subjectsOf(`${name}: ${operation.name}`, operation.fields, readOf(operation)),
		),
	),
	...subjectsOf('Trigger', triggerFields, readTrigger(triggerFields)),
	...subjectsOf('Polling Trigger', pollingFields, readTrigger(pollingFields)),
];

/** Values with which the node can be read and this field is shown. */
function parametersFor({ field, collection, list, siblings }: Subject, value: unknown): Record<string, unknown> {
	const parameters: Record<string, unknown> = {};
	for (const { name, type, default: byDefault } of siblings) {
		parameters[name] =
			type === 'resourceLocator' ? 'P1' : type === 'dateTime' ? iso : byDefault === '' ? 'a' : byDefault;
	}
	for (const [name, values] of Object.entries(conditionsOf({ field, collection, list }))) {
		parameters[name] = values[0];
	}
	if (list !== undefined) parameters[list.name] = { [entriesOf(list).name]: [entryWith(list, field, value)] };
	else if (collection === undefined) parameters[field.name] = value;
	else parameters[collection.name] = { [field.name]: value };
	return parameters;
}

/** An entry with values that the node can read, and this one. */
function entryWith(list: Field, field: Field, value: unknown): Record<string, unknown> {
	const others = entriesOf(list).values.map((own): [string, unknown] => [
		own.name,
		own.default === '' ? 'a' : own.default,
	]);
	return { ...Object.fromEntries(others), [field.name]: value };
}

/** Under which the field is shown. */
function conditionsOf({ field, collection, list }: Pick<Subject, 'field' | 'collection' | 'list'>) {
	return (collection ?? list ?? field).displayOptions?.show ?? {};
}

/** What the node makes of the value, or the error with which it refuses it. */
function valueIn(subject: Subject, value: unknown): unknown {
	const { field, collection, list } = subject;
	const { n8n } = fakeN8n({ parameters: parametersFor(subject, value), zone });
	// n8n returns undefined if that is what an expression returns.
	const getParameter = n8n.getNodeParameter.bind(n8n) as (...rest: unknown[]) => unknown;
	n8n.getNodeParameter = (name: string, ...rest: unknown[]) =>
		(collection === undefined && list === undefined && name === field.name
			? value
			: getParameter(name, ...rest)) as never;
	try {
		const [chosen = 'teamKey'] = (conditionsOf(subject).authentication ?? []) as Authentication[];
		const read = subject.read(n8n, chosen);
		if (list !== undefined) return (read[list.name] as Array<Record<string, unknown>>)[0]?.[field.name];
		return collection === undefined ? read[field.name] : (read[collection.name] as Record<string, unknown>)[field.name];
	} catch (error) {
		return error;
	}
}

describe('a value of another type than the field', () => {
	const rows = subjects.flatMap((subject) => (rowsOf(subject) ?? []).map((row) => ({ subject, row })));

	console.log(`${rows.length} values in ${subjects.length} fields`);

	it('is tried in every field of every operation and trigger', () => {
		expect(subjects.filter((subject) => rowsOf(subject) === undefined).map(({ place }) => place)).toEqual([]);
		expect(Object.keys(rowsByField).filter((place) => subjects.every((subject) => subject.place !== place))).toEqual(
			[],
		);
		expect(subjects.length).toBeGreaterThan(100);
	});

	it.each(subjects.map((subject) => [subject.place, subject] as const))(
		'is converted as meant or refused by name: %s',
		(_, subject) => {
			for (const [description, value, outcome] of rowsOf(subject) ?? []) {
				const found = valueIn(subject, value);
				const context = `${subject.place} <- ${description}`;
				if (typeof outcome === 'object') {
					expect([context, found]).toEqual([context, outcome.value]);
					continue;
				}
				expect([context, found]).toEqual([context, expect.any(MasvInputError)]);
				const { code, field, message, hint } = found as MasvInputError;
				expect([context, field]).toEqual([context, subject.field.displayName]);
				expect([context, ['value_missing', 'id_missing'].includes(code)]).toEqual([context, outcome === 'empty']);
				expect([context, message]).toEqual([
					context,
					expect.not.stringMatching(/undefined|null|\[object|function\b.*not/),
				]);
				expect([context, hint]).toEqual([context, expect.stringMatching(/\.$/)]);
			}
		},
	);

	it('is not shown if it is a download link, which contains a secret', () => {
		const locators = subjects.filter(({ field: { type, modes } }) => {
			return type === 'resourceLocator' && modes?.some(({ name }) => name === 'url') !== true;
		});
		expect(locators.length).toBeGreaterThan(20);
		for (const subject of locators) {
			const { message, hint } = valueIn(subject, { mode: 'id', value: link }) as MasvInputError;
			expect(message).toBe(`${subject.field.displayName} must be an ID, not a URL`);
			expect(hint).toMatch(/For a download link, use Receive Files or Download with Authentication set to Link\.$/);
		}
	});
});
