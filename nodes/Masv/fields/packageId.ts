import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toTime } from '../../../masv/dates';
import { formatBytes } from '../../../masv/formatBytes';
import type { ListedPackage } from '../../../masv/packages/newest';
import { fetchNewestPackages } from '../../../masv/packages/newest';
import { noRetry } from '../../../masv/retry';
import { forPicker } from '../connect';
import type { Zoned } from '../values/wallTime';
import { dayOf } from '../values/wallTime';

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
	return { results: found.map((listed) => ({ name: labelOf(listed, this), value: listed.package.id })) };
}

/** Packages often have the same name, so the label shows what tells them apart. */
function labelOf({ package: { id, name, state, size, created_at }, isReceived }: ListedPackage, n8n: Zoned): string {
	const createdAt = toTime(created_at);
	const facts = [
		isReceived ? 'received' : undefined,
		createdAt === undefined ? undefined : dayOf(createdAt, n8n),
		size === undefined || size === 0 ? undefined : formatBytes(size),
		state,
	].filter((fact) => fact !== undefined);
	return `${name ?? id}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}
