import type {
	IBinaryData,
	IDataObject,
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodeProperties,
} from 'n8n-workflow';

import type { MasvClient } from '../../masv/client';
import type { TransferHints } from './transferHint';

type DeepReadonly<T> = T extends (infer E)[]
	? readonly DeepReadonly<E>[]
	: T extends object
		? { readonly [K in keyof T]: DeepReadonly<T[K]> }
		: T;

/** Returns the list of a resource locator in the editor. @param filter what the user typed */
export type ListSearch = (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult>;

/**
 * One field of an operation: an ordinary n8n property, written as a literal, without display conditions for resource
 * and operation. Those are added in properties.ts.
 */
export type Field = Omit<DeepReadonly<INodeProperties>, 'options' | 'displayOptions'> & {
	readonly options?: readonly object[];
	readonly displayOptions?: { readonly show?: Readonly<Record<string, readonly unknown[]>> };
	/** The function that a mode of the field names in `searchListMethod`. */
	readonly listSearch?: ListSearch;
	/**
	 * For text fields that accept more than one text, also as an array: comma-separated entries, the same whose entries in an
	 * array may contain commas, one entry per line, or binary data and the names of fields that contain it.
	 */
	readonly accepts?: 'list' | 'patterns' | 'lines' | 'binary';
	/** The default while the node is the tool of an AI agent; everywhere else it is `default`. */
	readonly toolDefault?: boolean;
	/**
	 * For an option that is added to protect something: empty, it is an error instead of not set. Not `required`, which n8n's rules
	 * forbid for options.
	 */
	readonly refusesEmpty?: boolean;
};

/** The fields of one entry of a `fixedCollection`, which has one kind of entries and any number of them. */
interface Entries {
	readonly name: string;
	readonly displayName: string;
	readonly values: readonly Field[];
}

/** How a field of type `fixedCollection` describes its entries. */
export function entriesOf({ options }: Field): Entries {
	return (options as readonly Entries[])[0] as Entries;
}

/** The type of a field's value, as far as it follows from the literal. Dates are ISO 8601 in UTC. See `toFieldValue`. */
type ValueOf<F> = F extends { type: 'boolean' }
	? boolean
	: F extends { type: 'number' }
		? number
		: F extends { type: 'options'; options: readonly { value: infer V }[] }
			? V
			: F extends { type: 'multiOptions' }
				? Array<F extends { options: readonly { value: infer V }[] } ? V : string>
				: F extends { type: 'collection'; options: infer O extends readonly Field[] }
					? Partial<InputOf<O>>
					: F extends { type: 'fixedCollection'; options: readonly [{ values: infer O extends readonly Field[] }] }
						? Array<InputOf<O>>
						: F extends { accepts: 'list' | 'patterns' | 'lines' }
							? string[]
							: F extends { accepts: 'binary' }
								? Array<string | IBinaryData>
								: string;

/** The values of all fields, by name. */
export type InputOf<F extends readonly Field[]> = { [P in F[number] as P['name']]: ValueOf<P> };

/** What a node shows to MASV: the API key of a team, the password of a portal, or only a link that somebody has sent (`none`). */
export type Authentication = 'teamKey' | 'portal' | 'none';

/** What every operation works with. */
interface OperationContext {
	masv: MasvClient;
	authentication: Authentication;
	n8n: IExecuteFunctions;
	/** Where the operation reports what it has transferred. */
	hints: TransferHints;
	/** Aborts when the execution is stopped. The client handles this automatically. */
	signal: AbortSignal | undefined;
}

/** One input item of an operation that takes all items at once. */
export interface ItemInput<I> {
	/** Evaluates the expressions in the fields; an error in one of them belongs to this item. */
	read: () => I;
	itemIndex: number;
}

/** One output item of an operation that takes all items at once, and the input items it came from. */
export type ItemResult = { itemIndexes: number[] } & (
	{ json: IDataObject; binary?: Record<string, IBinaryData> } | { error: unknown }
);

interface OperationDefinition<F extends readonly Field[]> {
	/** Shown in the editor; can change. */
	name: string;
	/** Stored in workflows; never changes. */
	value: string;
	/** Shown in n8n's list of actions: sentence case. */
	action: string;
	description: string;
	/** Default: a team's key only. */
	authentications?: readonly Authentication[];
	fields: F;
	/** Called once per item. Each object returned becomes one output item, with files if it is an `OutputItem`. */
	run?: (task: OperationContext & { input: InputOf<F>; itemIndex: number }) => Promise<object | object[]>;
	/**
	 * With `runAll`: which fields and options may differ between items. All others decide about a whole package, so the
	 * values of some items would be ignored: those items fail instead.
	 */
	mayDiffer?: readonly string[];
	/** With `mayDiffer`: the fields whose values identify the package. Default: all items are one package. */
	packageFields?: readonly string[];
	/**
	 * Called once with all items, instead of `run`. With `stopAtFirst`, the first failure ends the work; otherwise the
	 * work continues and each failure is a result. If it throws, that is one failure of all items.
	 */
	runAll?: (
		task: OperationContext & { items: Array<ItemInput<InputOf<F>>>; stopAtFirst: boolean },
	) => Promise<ItemResult[]>;
}

/** An operation with any fields. The item loop knows only this type. */
export interface Operation extends Omit<OperationDefinition<readonly Field[]>, 'run' | 'runAll'> {
	run?: (task: OperationContext & { input: never; itemIndex: number }) => Promise<object | object[]>;
	runAll?: (task: OperationContext & { items: never; stopAtFirst: boolean }) => Promise<ItemResult[]>;
}

/** Defines an operation whose input is typed by its own fields. */
export function defineOperation<const F extends readonly Field[]>(definition: OperationDefinition<F>): Operation {
	return definition;
}

export interface Resource {
	name: string;
	value: string;
	/** Explicit, and never changed: n8n does not store a value that equals its default. */
	default: string;
	operations: Record<string, Operation>;
}
