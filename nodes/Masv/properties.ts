import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { authentication, authenticationsOf } from './authentication';
import type { Field, ListSearch, Operation, Resource } from './operation';
import { entriesOf } from './operation';

/** n8n's property list: the resource, one operation list per resource, and every field with its display conditions. */
export function toProperties(resources: readonly Resource[], defaultResource: string): INodeProperties[] {
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources
				.map(({ name, value, operations }) => ({ name, value, ...offeredFor(Object.values(operations)) }))
				.sort(byName),
			default: defaultResource,
		},
		...resources.map((resource): INodeProperties => ({
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource.value] } },
			options: Object.values(resource.operations)
				.map((operation) => {
					const { name, value, action, description } = operation;
					return { name, value, action, description, ...offeredFor([operation]) };
				})
				.sort(byName),
			default: resource.default,
		})),
		...resources.flatMap((resource) =>
			Object.values(resource.operations).flatMap((operation) =>
				operation.fields.flatMap(forTools).map((field) =>
					toProperty({
						...field,
						displayOptions: {
							show: { resource: [resource.value], operation: [operation.value], ...field.displayOptions?.show },
						},
					}),
				),
			),
		),
	];
}

/**
 * Versions of n8n that know such conditions of options do not offer what the chosen authentication cannot be used for. What is
 * stored in workflows stays as it is, and fails when it runs: see authentication.ts.
 */
function offeredFor(operations: readonly Operation[]): Pick<INodePropertyOptions, 'displayOptions'> {
	const usable = new Set(operations.flatMap(authenticationsOf));
	if (authentication.options.every(({ value }) => usable.has(value))) return {};
	return { displayOptions: { show: { [authentication.name]: [...usable].sort() } } };
}

/**
 * A property has one default, so a field with another one for AI agents is two properties of the same name. n8n shows one of
 * them, by `@tool`: whether the node is a tool.
 */
function forTools(field: Field): Field[] {
	const { toolDefault, displayOptions } = field;
	if (toolDefault === undefined) return [field];
	const shownIf = (isTool: boolean) => ({ show: { ...displayOptions?.show, '@tool': [isTool] } });
	return [
		{ ...field, displayOptions: shownIf(false) },
		{ ...field, default: toolDefault, displayOptions: shownIf(true) },
	];
}

/** n8n's property for a field: without what only this package knows, and with the options of a collection by name. */
export function toProperty(field: Field): INodeProperties {
	const { listSearch: _search, accepts: _accepts, toolDefault: _default, refusesEmpty: _refuses, ...known } = field;
	const options = toOptions(field);
	return { ...known, ...(options !== undefined && { options }) } as unknown as INodeProperties;
}

function toOptions(field: Field): Field['options'] {
	if (field.type === 'collection') return (field.options as Field[]).map(toProperty).sort(byDisplayName);
	if (field.type !== 'fixedCollection') return field.options;
	const entries = entriesOf(field);
	return [{ ...entries, values: entries.values.map(toProperty) }];
}

/** The list searches of all fields, by the names that their modes use for them. */
export function collectListSearches(resources: readonly Resource[]): Record<string, ListSearch> {
	const searches: Record<string, ListSearch> = {};
	for (const { modes = [], listSearch } of resources.flatMap(allFields)) {
		for (const { typeOptions } of modes) {
			const name = typeOptions?.searchListMethod;
			if (name !== undefined && listSearch !== undefined) searches[name] = listSearch;
		}
	}
	return searches;
}

/** With the options of collections. */
function allFields({ operations }: Resource): Field[] {
	const fields = Object.values(operations).flatMap((operation) => operation.fields);
	return [
		...fields,
		...fields.filter(({ type }) => type === 'collection').flatMap((field) => field.options as Field[]),
	];
}

function byName(a: INodePropertyOptions, b: INodePropertyOptions): number {
	return a.name.localeCompare(b.name, 'en');
}

function byDisplayName(a: INodeProperties, b: INodeProperties): number {
	return a.displayName.localeCompare(b.displayName, 'en');
}
