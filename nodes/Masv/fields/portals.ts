import type {
	ILoadOptionsFunctions,
	INodeProperties,
	INodePropertyOptions,
	NodeParameterValue,
	NodeParameterValueType,
} from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import { readPortals } from '../../../masv/portals/portals';
import { noRetry } from '../../../masv/retry';
import { connectForPicker } from '../connect';
import { toList } from '../values/list';

/**
 * Which portals a trigger listens to; read with {@link readPortalIds}. A node with these fields needs {@link
 * getPortals} in `methods.loadOptions`.
 * @param all description of the option All Portals in this node
 * @param show display conditions; default: always shown
 */
export function portalsFields(
	all: string,
	show: Readonly<Record<string, NodeParameterValue[]>> = {},
): INodeProperties[] {
	return [
		{
			displayName: 'Portals',
			name: 'portals',
			type: 'options',
			displayOptions: { show },
			options: [
				{ name: 'All Portals', value: 'all', description: all },
				{ name: 'Selected Portals', value: 'chosen', description: 'Only the portals that you select' },
			],
			default: 'all',
			description: 'Which portals to listen to',
		},
		{
			displayName: 'Portal Names or IDs',
			name: 'portalIds',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getPortals' },
			displayOptions: { show: { ...show, portals: ['chosen'] } },
			default: [],
			required: true,
			description:
				'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		},
	];
}

/**
 * The IDs of the selected portals without duplicates; undefined for all portals.
 * @throws MasvInputError if no portal is selected although the option requires it
 */
export function readPortalIds(n8n: {
	getNodeParameter: (name: string, fallback?: unknown) => NodeParameterValueType | object;
}): string[] | undefined {
	if (n8n.getNodeParameter('portals', 'all') !== 'chosen') return undefined;
	const ids = [...new Set(toList(n8n.getNodeParameter('portalIds', [])))];
	if (ids.length > 0) return ids;
	throw new MasvInputError('No portal is selected', {
		code: 'value_missing',
		field: 'Portal Names or IDs',
		hint: 'Select at least one, or set Portals to All Portals.',
	});
}

/** All portals of the team, sorted by name. */
export async function getPortals(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const masv = await connectForPicker(this);
	const options: INodePropertyOptions[] = [];
	for await (const { id, name, active } of readPortals(masv, { sort: 'name' }, noRetry)) {
		options.push({ name: `${name ?? id}${active === false ? ' (inactive)' : ''}`, value: id });
	}
	return options;
}
