import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import type { Field, ItemInput, Operation } from './operation';

/** The values of an operation's fields for one item. */
export function readInput(n8n: IExecuteFunctions, operation: Operation, itemIndex: number): Record<string, unknown> {
	return Object.fromEntries(operation.fields.map((field) => [field.name, readField(n8n, operation, field, itemIndex)]));
}

function readField(n8n: IExecuteFunctions, operation: Operation, field: Field, itemIndex: number): unknown {
	const valueOf = ({ name, default: fallback }: Field): unknown =>
		n8n.getNodeParameter(name, itemIndex, fallback as string);
	const isShown = Object.entries(field.displayOptions?.show ?? {}).every(([name, values]) => {
		const sibling = operation.fields.find((other) => other.name === name);
		return sibling === undefined || values.includes(valueOf(sibling));
	});
	// A hidden field has no value of its own.
	const value = isShown ? valueOf(field) : field.default;
	if (field.type !== 'resourceLocator') return value;
	const id = locatedId(value);
	if (isShown && id === '') {
		throw new MasvInputError(`${field.displayName} is empty`, {
			code: 'id_missing',
			field: field.displayName,
			hint: 'Choose one from the list or enter its ID. If it comes from an expression, the expression returned nothing for this item.',
		});
	}
	return id;
}

function locatedId(value: unknown): string {
	// Extracted here because n8n's own `extractValue` throws for a hidden locator.
	const located = typeof value === 'object' && value !== null ? (value as { value?: unknown }).value : value;
	return typeof located === 'string' || typeof located === 'number' ? String(located).trim() : '';
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
	make: (input: I, itemIndex: number) => Promise<T>,
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
