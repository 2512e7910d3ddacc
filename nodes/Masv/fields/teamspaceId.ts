import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { take } from '../../../masv/pages';
import { noRetry } from '../../../masv/retry';
import { readTeamspaces } from '../../../masv/teamspaces';
import { forPicker } from '../connect';
import { toPickerResults } from './pickerResults';

export const teamspaceId = {
	displayName: 'Teamspace',
	name: 'teamspaceId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The Teamspace to use',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchTeamspaces', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. E1X6ANMGP3L5E9KFG1DF9W9J71' },
	],
	listSearch: searchTeamspaces,
} as const;

async function searchTeamspaces(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const found = await forPicker(this, async (masv) => await take(readTeamspaces(masv, noRetry), Infinity));
	return toPickerResults(found, filter);
}
