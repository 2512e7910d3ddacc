import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { readLedgers } from '../../../masv/sync/keptLedgers';
import { openLedgers } from '../ledgerMemory';
import { platform } from '../platform';
import { toPickerResults } from './pickerResults';

/**
 * For {@link searchLedgers}: n8n does not tell a picker which workflow is open, but passes the values of all fields, in which the
 * editor has evaluated expressions. What it passes is not proof of the right to see the workflow, so nothing but names depends on it.
 */
const workflowId = {
	displayName: 'Workflow ID',
	name: 'workflowId',
	type: 'hidden',
	default: '={{ $workflow.id }}',
} as const;

const ledgerId = {
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

/** The record of what a node has sent or received. */
export const ledgerFields = [workflowId, ledgerId] as const;

/** If the editor runs on another machine than the executions and shares no folder with it, there are none. */
async function searchLedgers(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const workflow = this.getCurrentNodeParameter(workflowId.name);
	if (typeof workflow !== 'string') return { results: [] };
	const kept = await readLedgers(openLedgers(this), workflow, platform.clock);
	return toPickerResults(
		kept.map(({ id, node }) => ({ id, name: `${node ?? 'MASV'} (${id.slice(0, 6)})` })),
		filter,
	);
}
