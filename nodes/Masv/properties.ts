import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Field, ListSearch, Resource } from './operation';

/** n8n's property list: the resource, one operation list per resource, and every field with its display conditions. */
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
				operation.fields.map((field) =>
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

/** n8n's property for a field: without what only this package knows, and with the options of a collection by name. */
export function toProperty({ listSearch: _search, accepts: _accepts, options, ...field }: Field): INodeProperties {
	const properties = field.type === 'collection' ? (options as Field[]).map(toProperty).sort(byDisplayName) : options;
	return { ...field, ...(properties !== undefined && { options: properties }) } as unknown as INodeProperties;
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

function allFields({ operations }: Resource): Field[] {
	return Object.values(operations).flatMap(({ fields }) => fields);
}

function byName(a: INodePropertyOptions, b: INodePropertyOptions): number {
	return a.name.localeCompare(b.name, 'en');
}

function byDisplayName(a: INodeProperties, b: INodeProperties): number {
	return a.displayName.localeCompare(b.displayName, 'en');
}
