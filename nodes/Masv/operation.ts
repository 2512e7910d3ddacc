import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { MasvClient } from '../../masv/client';
import { MasvInputError } from '../../masv/errors';

type DeepReadonly<T> = T extends (infer E)[]
	? readonly DeepReadonly<E>[]
	: T extends object
		? { readonly [K in keyof T]: DeepReadonly<T[K]> }
		: T;

/**
 * One field of an operation: an ordinary n8n property, written as a literal, without guards for resource and operation.
 * Those are added in {@link toProperties}.
 */
export type Field = Omit<DeepReadonly<INodeProperties>, 'options' | 'displayOptions'> & {
	readonly options?: readonly object[];
	readonly displayOptions?: { readonly show?: Readonly<Record<string, readonly unknown[]>> };
};

/** What a field gives, as far as its literal tells. */
type ValueOf<F> = F extends { type: 'boolean' }
	? boolean
	: F extends { type: 'number' }
		? number
		: F extends { type: 'options'; options: readonly { value: infer V }[] }
			? V
			: F extends { type: 'multiOptions'; options: readonly { value: infer V }[] }
				? V[]
				: F extends { type: 'collection'; options: infer O extends readonly Field[] }
					? Partial<InputOf<O>>
					: F extends { type: 'json' | 'fixedCollection' }
						? unknown
						: string;

/** The values of all fields by their names. */
export type InputOf<F extends readonly Field[]> = { [P in F[number] as P['name']]: ValueOf<P> };

/** What every operation works with. */
interface Surroundings {
	masv: MasvClient;
	n8n: IExecuteFunctions;
	/** Aborts when the execution is stopped. The client obeys it by itself. */
	signal: AbortSignal | undefined;
}

/** One item of input to an operation that takes them all. */
export interface ItemInput<I> {
	/** Evaluates the expressions in its fields; an error in one of them belongs to this item. */
	read: () => I;
	itemIndex: number;
}

/** One item of output of an operation that takes all items: what came of which items. */
export type ItemResult = { itemIndexes: number[] } & ({ json: IDataObject } | { error: unknown });

interface OperationDefinition<F extends readonly Field[]> {
	/** For people; may change. */
	name: string;
	/** Stored in workflows; never changes. */
	value: string;
	/** In n8n's list of actions: sentence case. */
	action: string;
	description: string;
	fields: F;
	/** Called once per item. Several objects become several items. */
	run?: (task: Surroundings & { input: InputOf<F>; itemIndex: number }) => Promise<object | object[]>;
	/**
	 * Called once with all items, instead of `run`. With `stopAtFirst` the first failure ends it all; otherwise the others
	 * go on and each failure is a result.
	 */
	runAll?: (
		task: Surroundings & { items: Array<ItemInput<InputOf<F>>>; stopAtFirst: boolean },
	) => Promise<ItemResult[]>;
}

/** An operation whatever its fields are. The item loop knows only this. */
export interface Operation extends Omit<OperationDefinition<readonly Field[]>, 'run' | 'runAll'> {
	run?: (task: Surroundings & { input: never; itemIndex: number }) => Promise<object | object[]>;
	runAll?: (task: Surroundings & { items: never; stopAtFirst: boolean }) => Promise<ItemResult[]>;
}

/** One operation, typed by its own fields. */
export function defineOperation<const F extends readonly Field[]>(definition: OperationDefinition<F>): Operation {
	return definition;
}

export interface Resource {
	name: string;
	value: string;
	/** Written out and never changed: n8n does not store a value that equals its default. */
	default: string;
	operations: Record<string, Operation>;
}

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

/** n8n's property list: resource, one operation list per resource, and every field with its guards. */
export function toProperties(resources: readonly Resource[], defaultResource: string): INodeProperties[] {
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ name, value }) => ({ name, value })).sort(byName),
			default: defaultResource,
		},
		...resources.map((resource): INodeProperties => ({
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource.value] } },
			options: Object.values(resource.operations)
				.map(({ name, value, action, description }) => ({ name, value, action, description }))
				.sort(byName),
			default: resource.default,
		})),
		...resources.flatMap((resource) =>
			Object.values(resource.operations).flatMap((operation) =>
				operation.fields.map(
					(field) =>
						({
							...field,
							displayOptions: {
								show: { resource: [resource.value], operation: [operation.value], ...field.displayOptions?.show },
							},
						}) as unknown as INodeProperties,
				),
			),
		),
	];
}

function byName(a: INodePropertyOptions, b: INodePropertyOptions): number {
	return a.name.localeCompare(b.name, 'en');
}
