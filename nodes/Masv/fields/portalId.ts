import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { maxPageRecords, take } from '../../../masv/pages';
import { readPortals } from '../../../masv/portals/portals';
import { noRetry } from '../../../masv/retry';
import { connectForPicker } from '../connect';

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
	const masv = await connectForPicker(this);
	const portals = await take(
		readPortals(masv, { sort: 'name', name: filter === '' ? undefined : filter }, noRetry),
		maxPageRecords,
	);
	return {
		results: portals.map(({ id, name, subdomain, active }) => ({
			name: `${name ?? id}${active === false ? ' (inactive)' : ''}`,
			value: id,
			...(subdomain !== undefined && { url: `https://${subdomain}.portal.massive.io/` }),
		})),
	};
}
