import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { noRetry } from '../../../masv/retry';
import { fetchWebhooks } from '../../../masv/webhooks/manage';
import { forPicker } from '../connect';
import { toPickerResults } from './pickerResults';

export const webhookId = {
	displayName: 'Webhook',
	name: 'webhookId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The webhook to use',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchWebhooks', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 5f1b7c1e9d3a4b0012c4e8aa' },
	],
	listSearch: searchWebhooks,
} as const;

/** Labeled with the URL, too: webhooks of triggers often have the same name. */
async function searchWebhooks(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const found = await forPicker(this, async (masv) => await fetchWebhooks(masv, noRetry));
	const labeled = found.map(({ id, name, url }) => ({
		id,
		name: [name, url].filter((text) => typeof text === 'string' && text.trim() !== '').join(': '),
	}));
	return toPickerResults(labeled, filter);
}
