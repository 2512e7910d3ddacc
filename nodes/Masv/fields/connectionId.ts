import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { noRetry } from '../../../masv/retry';
import { fetchConnections } from '../../../masv/storage/connections';
import { forPicker } from '../connect';
import { toPickerResults } from './pickerResults';

export const connectionId = {
	displayName: 'Storage Connection',
	name: 'connectionId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The connected cloud storage or storage gateway. Connections are created in the MASV web app.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchConnections', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 01CTDNW11G67NKHQW5JE8TP2TJ' },
	],
	listSearch: searchConnections,
} as const;

/** The connections of the team, sorted by label. MASV has no search for them. */
async function searchConnections(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const connections = await forPicker(this, async (masv) => await fetchConnections(masv, noRetry));
	const choices = connections.map(({ id, name, provider, direction = '' }) => ({
		id,
		name,
		facts: [provider, directions[direction]],
	}));
	return toPickerResults(choices, filter);
}

const directions: Record<string, string | undefined> = { masv_to_cloud: 'to storage', cloud_to_masv: 'from storage' };
