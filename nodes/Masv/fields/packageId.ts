import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { maxPageRecords, take } from '../../../masv/pages';
import { noRetry } from '../../../masv/retry';
import { packageStates } from '../../../masv/schemas';
import { forPicker } from '../connect';
import { readSentPackages } from '../../../masv/packages/lists';

export const packageId = {
	displayName: 'Package',
	name: 'packageId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '' },
	required: true,
	description: 'The package to use. Create Package, Get Many and the triggers output its ID.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchPackages', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. E1XGADMXPSLEE9NGH7WRWJ069D' },
	],
	listSearch: searchPackages,
} as const;

/** The newest packages sent by the team, in any state. MASV matches names by substring. */
async function searchPackages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const query = { status: packageStates, sort: '-created_at', name: filter === '' ? undefined : filter };
	const packages = await forPicker(
		this,
		async (masv) => await take(readSentPackages(masv, query, noRetry), maxPageRecords),
	);
	return {
		results: packages.map(({ id, name, state }) => ({
			name: `${name ?? id}${state === undefined ? '' : ` (${state})`}`,
			value: id,
		})),
	};
}
