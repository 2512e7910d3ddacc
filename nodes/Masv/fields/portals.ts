import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import { take } from '../../../masv/pages';
import { readPortals } from '../../../masv/portals/portals';
import { noRetry } from '../../../masv/retry';
import { forPicker } from '../connect';
import type { Field } from '../operation';
import { toPortalResults } from './portalId';

/**
 * Which portals a trigger listens to; see {@link toPortalIds}. A node with these fields needs {@link
 * getPortals} in `methods.loadOptions`.
 * @param all description of the option All Portals in this node
 * @param show display conditions; default: always shown
 */
export function portalsFields(all: string, show: Readonly<Record<string, readonly unknown[]>> = {}) {
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
	] as const satisfies readonly Field[];
}

/** The values of {@link portalsFields}. */
export interface SelectedPortals {
	portals: 'all' | 'chosen';
	portalIds: string[];
}

/**
 * The IDs of the selected portals; undefined for all portals.
 * @throws MasvInputError if no portal is selected although the option requires it
 */
export function toPortalIds({ portals, portalIds }: SelectedPortals): string[] | undefined {
	if (portals !== 'chosen') return undefined;
	if (portalIds.length > 0) return portalIds;
	throw new MasvInputError('No portal is selected', {
		code: 'value_missing',
		field: 'Portal Names or IDs',
		hint: 'Select at least one, or set Portals to All Portals.',
	});
}

/** All portals of the team, sorted by name. */
export async function getPortals(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const portals = await forPicker(
		this,
		async (masv) => await take(readPortals(masv, { sort: 'name' }, noRetry), Infinity),
	);
	return toPortalResults(portals).map(({ name, value }) => ({ name, value }));
}
