import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { noRetry } from '../../../masv/retry';
import { fetchTags } from '../../../masv/tags';
import { forPicker } from '../connect';
import { toPickerResults } from './pickerResults';

export const tagId = {
	displayName: 'Tag',
	name: 'tagId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The tag to use',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchTags', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 01CTDNW91C67JSHQW5JE8TGGEZ' },
	],
	listSearch: searchTags,
} as const;

async function searchTags(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return toPickerResults(await forPicker(this, async (masv) => await fetchTags(masv, noRetry)), filter);
}
