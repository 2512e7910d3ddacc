import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import { toFieldValue, toHiddenValue } from './fieldValue';
import type { Authentication, Field, InputOf, ItemInput, ItemResult, Operation } from './operation';
import type { Zoned } from './values/wallTime';

/** The values of an operation's fields for one item. @throws MasvInputError that names the field */
export function readInput(
	n8n: IExecuteFunctions,
	operation: Operation,
	itemIndex: number,
	authentication: Authentication,
): Record<string, unknown> {
	const getParameter = (name: string, fallback: unknown): unknown =>
		n8n.getNodeParameter(name, itemIndex, fallback as string);
	const valueOf = fieldReader(operation.fields, n8n, getParameter, { authentication });
	return Object.fromEntries(operation.fields.map(({ name }) => [name, valueOf(name)]));
}

/** Reads the items of an operation that takes all items at once. @throws MasvInputError that names the field */
export function itemReader(
	n8n: IExecuteFunctions,
	operation: Operation,
	authentication: Authentication,
): (itemIndex: number) => Record<string, unknown> {
	const firstOf = new Map<unknown, Record<string, unknown>>();
	/** The same by item. An expression may return another value each time, such as a random password. */
	const known = new Map<number, Record<string, unknown>>();
	return (itemIndex) => {
		const before = known.get(itemIndex);
		if (before !== undefined) return before;
		const input = readInput(n8n, operation, itemIndex, authentication);
		const key = JSON.stringify(operation.packageFields?.map((name) => input[name]));
		const first = firstOf.get(key);
		if (first === undefined) {
			firstOf.set(key, input);
			known.set(itemIndex, input);
		} else checkSame(operation.fields, operation.mayDiffer ?? [], first, input);
		return input;
	};
}

function checkSame(
	fields: readonly Field[],
	mayDiffer: readonly string[],
	first: Record<string, unknown>,
	input: Record<string, unknown>,
): void {
	for (const { name, displayName, type, options } of fields) {
		if (mayDiffer.includes(name) || JSON.stringify(first[name]) === JSON.stringify(input[name])) continue;
		if (type === 'collection') {
			checkSame(options as Field[], mayDiffer, first[name] as typeof first, input[name] as typeof input);
			continue;
		}
		throw new MasvInputError(`${displayName} is not the same for all items`, {
			code: 'value_malformed',
			field: displayName,
			hint: 'These items are processed together: use the same value for all of them, or process them one after the other with Loop Over Items.',
		});
	}
}

/** Returns the value of a field. @throws MasvInputError that names the field */
export type FieldReader<F extends readonly Field[]> = <K extends keyof InputOf<F>>(name: K) => InputOf<F>[K];

/**
 * Reads the fields of an operation or a trigger by name, each only when it is asked for. A hidden field has no value of its
 * own. Of fields of the same name, at most one is shown.
 * @param getParameter n8n's `getNodeParameter` for one item
 * @param outside values outside of these fields that decide what is shown
 */
export function fieldReader<const F extends readonly Field[]>(
	fields: F,
	n8n: Zoned,
	getParameter: (name: string, fallback: unknown) => unknown,
	outside: Readonly<Record<string, unknown>> = {},
): FieldReader<F> {
	const read = (name: string): unknown => {
		const [first, ...others] = fields.filter((field) => field.name === name);
		const shown = [first as Field, ...others].find(isShown);
		if (shown === undefined) return toHiddenValue(first as Field, n8n);
		return toFieldValue(shown, getParameter(name, shown.default), n8n);
	};
	const isShown = ({ displayOptions }: Field): boolean =>
		Object.entries(displayOptions?.show ?? {}).every(([name, values]) => {
			if (name in outside) return values.includes(outside[name]);
			return !fields.some((sibling) => sibling.name === name) || values.includes(read(name));
		});
	return (name) => read(name) as never;
}

/** Why an item could not be read. */
export interface ItemFailure {
	itemIndexes: [number];
	error: unknown;
}

/** How many items to read in parallel: files of some items may be on a network drive, where every look takes a while. */
const itemsAtOnce = 8;

/**
 * Calls `make` with the input of each item. An error belongs to the item that caused it.
 * @param stopAtFirst whether to stop reading after the first failure
 */
export async function readEach<I, T>(
	items: Array<ItemInput<I>>,
	stopAtFirst: boolean,
	make: (input: I, itemIndex: number) => T | Promise<T>,
): Promise<{ values: T[]; failures: ItemFailure[] }> {
	const values: T[] = [];
	const failures: ItemFailure[] = [];
	for (let start = 0; start < items.length; start += itemsAtOnce) {
		const group = items
			.slice(start, start + itemsAtOnce)
			.map(async ({ read, itemIndex }) => await make(read(), itemIndex));
		for (const [offset, settled] of (await Promise.allSettled(group)).entries()) {
			if (settled.status === 'fulfilled') values.push(settled.value);
			else {
				const { itemIndex } = items[start + offset] as ItemInput<I>;
				failures.push({ itemIndexes: [itemIndex], error: settled.reason as unknown });
				if (stopAtFirst) return { values, failures };
			}
		}
	}
	return { values, failures };
}

/**
 * The same for items that are one job. If one of them cannot be read, all of them fail; the item that caused it comes first.
 * @returns `failed` is empty, or the only result
 */
export async function readTogether<I, T>(
	items: Array<ItemInput<I>>,
	make: (input: I, itemIndex: number) => T | Promise<T>,
): Promise<{ values: T[]; failed: ItemResult[] }> {
	const { values, failures } = await readEach(items, true, make);
	const all = items.map(({ itemIndex }) => itemIndex);
	const failed = failures.map(({ itemIndexes, error }) => ({ itemIndexes: withFirst(itemIndexes, all), error }));
	return { values, failed };
}

/** The numbers, each once, these first. */
export function withFirst(first: readonly number[], all: readonly number[]): number[] {
	return [...new Set([...first, ...all])];
}
