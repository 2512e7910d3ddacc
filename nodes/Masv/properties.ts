import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import type { Resource } from './operation';

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
