import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { readLedgers } from '../../../masv/sync/keptLedgers';
import { openLedgers } from '../ledgerMemory';
import { platform } from '../platform';
import { toPickerResults } from './pickerResults';

/** The record of what a node has sent or received. */
export const ledgerId = {
	displayName: 'Ledger',
	name: 'ledgerId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The record of what a Send New Files or Receive New Files node in this workflow has transferred',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchLedgers', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 5f0c6b0c1d3e4f5a6b7c8d9e0f1a2b3c4d5e6f70',
			hint: 'The output of Send New Files and Receive New Files contains it (ledger.id)',
		},
	],
	listSearch: searchLedgers,
} as const;

/** If the editor runs on another machine than the executions and shares no folder with it, there are none. */
async function searchLedgers(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const kept = await readLedgers(openLedgers(this), this.getWorkflow().id, platform.clock);
	return toPickerResults(
		kept.map(({ id, node }) => ({ id, name: `${node ?? 'MASV'} (${id.slice(0, 6)})` })),
		filter,
	);
}
