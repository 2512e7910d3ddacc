import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toTime } from '../../../masv/dates';
import { formatBytes } from '../../../masv/formatBytes';
import type { ListedPackage } from '../../../masv/packages/newest';
import { fetchNewestPackages } from '../../../masv/packages/newest';
import { noRetry } from '../../../masv/retry';
import { forPicker } from '../connect';
import type { Zoned } from '../values/wallTime';
import { dayOf } from '../values/wallTime';
import { toResults } from './pickerResults';

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

/** The newest packages sent or received by the team, in any state. MASV matches names by substring. */
async function searchPackages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const name = filter === '' ? undefined : filter;
	const found = await forPicker(this, async (masv) => await fetchNewestPackages(masv, name, noRetry));
	const choices = found.map((listed) => ({
		id: listed.package.id,
		name: listed.package.name,
		facts: factsOf(listed, this),
	}));
	return { results: toResults(choices) };
}

/** Packages often have the same name. */
function factsOf(
	{ package: { state, size, created_at }, isReceived }: ListedPackage,
	n8n: Zoned,
): Array<string | undefined> {
	const createdAt = toTime(created_at);
	return [
		isReceived ? 'received' : undefined,
		createdAt === undefined ? undefined : dayOf(createdAt, n8n),
		size === undefined || size === 0 ? undefined : formatBytes(size),
		state,
	];
}
