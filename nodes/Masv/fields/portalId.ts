import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { maxPageRecords, take } from '../../../masv/pages';
import { readPortals } from '../../../masv/portals/portals';
import { noRetry } from '../../../masv/retry';
import { forPicker } from '../connect';

export const portalId = {
	displayName: 'Portal',
	name: 'portalId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The portal to use',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchPortals', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 01CTDNW11G67NKHQW5JE8TP2TJ' },
	],
	listSearch: searchPortals,
} as const;

/** The portals of the team, sorted by name. MASV matches names by substring. */
async function searchPortals(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const query = { sort: 'name', name: filter === '' ? undefined : filter };
	const portals = await forPicker(this, async (masv) => await take(readPortals(masv, query, noRetry), maxPageRecords));
	return {
		results: portals.map(({ id, name, subdomain, active }) => ({
			name: `${name ?? id}${active === false ? ' (inactive)' : ''}`,
			value: id,
			...(subdomain !== undefined && { url: `https://${subdomain}.portal.massive.io/` }),
		})),
	};
}
