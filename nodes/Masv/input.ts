import type { IExecuteFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../masv/errors';
import type { Field, Operation } from './operation';

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
	// A field that is hidden has no value of its own.
	const value = isShown ? valueOf(field) : field.default;
	if (field.type !== 'resourceLocator') return value;
	const id = locatedId(value);
	if (isShown && id === '') {
		throw new MasvInputError(`${field.displayName} is empty`, {
			field: field.displayName,
			hint: 'Choose one from the list or give its ID. If it comes from an expression, that gave nothing for this item.',
		});
	}
	return id;
}

function locatedId(value: unknown): string {
	// Taken out here, because n8n's own `extractValue` throws for a locator that is hidden.
	const located = typeof value === 'object' && value !== null ? (value as { value?: unknown }).value : value;
	return typeof located === 'string' || typeof located === 'number' ? String(located).trim() : '';
}
