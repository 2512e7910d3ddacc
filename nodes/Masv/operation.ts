import type {
	IDataObject,
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodeProperties,
} from 'n8n-workflow';

import type { MasvClient } from '../../masv/client';

type DeepReadonly<T> = T extends (infer E)[]
	? readonly DeepReadonly<E>[]
	: T extends object
		? { readonly [K in keyof T]: DeepReadonly<T[K]> }
		: T;

/** Fills the list of a resource locator in the editor. @param filter what the user typed into it */
export type ListSearch = (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult>;

/**
 * One field of an operation: an ordinary n8n property, written as a literal, without guards for resource and operation.
 * Those are added in properties.ts.
 */
export type Field = Omit<DeepReadonly<INodeProperties>, 'options' | 'displayOptions'> & {
	readonly options?: readonly object[];
	readonly displayOptions?: { readonly show?: Readonly<Record<string, readonly unknown[]>> };
	/** What a mode of the field names as its `searchListMethod`. */
	readonly listSearch?: ListSearch;
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
interface OperationContext {
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
	run?: (task: OperationContext & { input: InputOf<F>; itemIndex: number }) => Promise<object | object[]>;
	/**
	 * Called once with all items, instead of `run`. With `stopAtFirst` the first failure ends it all; otherwise the others
	 * go on and each failure is a result. What it throws is one failure of all items.
	 */
	runAll?: (
		task: OperationContext & { items: Array<ItemInput<InputOf<F>>>; stopAtFirst: boolean },
	) => Promise<ItemResult[]>;
}

/** An operation whatever its fields are. The item loop knows only this. */
export interface Operation extends Omit<OperationDefinition<readonly Field[]>, 'run' | 'runAll'> {
	run?: (task: OperationContext & { input: never; itemIndex: number }) => Promise<object | object[]>;
	runAll?: (task: OperationContext & { items: never; stopAtFirst: boolean }) => Promise<ItemResult[]>;
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
