import type { PackageOrigin } from '../../../masv/sync/findPackages';
import type { InputOf } from '../operation';

/** Which packages are received as they arrive. */
export const newPackageFields = [
	{
		displayName: 'Packages',
		name: 'direction',
		type: 'options',
		options: [
			{ name: 'Received Through Portals', value: 'received' },
			{ name: 'Sent by the Team', value: 'sent' },
		],
		default: 'received',
		description: 'Which packages to receive',
	},
	{
		displayName: 'Portal Names or IDs',
		name: 'portalIds',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getPortals' },
		default: [],
		hint: 'Leave empty for all portals',
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions: { show: { direction: ['received'] } },
	},
	{
		displayName: 'From',
		name: 'from',
		type: 'dateTime',
		default: '',
		description:
			'Packages created before this date are left out, unless they are still being uploaded at the first execution. If empty, all packages are received. Changing it to a later date has no effect once the node has run. If it differs between items, the earliest date counts.',
	},
] as const;

type NewPackageInput = InputOf<typeof newPackageFields>;

export function readOrigin({ direction, portalIds }: NewPackageInput): PackageOrigin {
	if (direction === 'sent') return { kind: 'sent' };
	return { kind: 'portals', portalIds: portalIds.length === 0 ? undefined : portalIds };
}

/** The earliest date of all items: `$now` in an expression is another time for each. In milliseconds; 0: no date. */
export function readFrom(inputs: readonly NewPackageInput[]): number {
	return inputs.map(({ from }) => (from === '' ? 0 : Date.parse(from))).reduce((a, b) => Math.min(a, b));
}
