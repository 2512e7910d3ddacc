import type { INodeProperties, IPollFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { WatchEvent, WatchRequest } from '../../../masv/watch/request';
import { enrich } from '../fields/enrich';
import { portalsFields, readPortalIds } from '../fields/portals';
import { optionalIsoDate } from '../values/date';

/**
 * Events that can be filtered by portal. Sent packages have no portal, and expiring packages are watched regardless of
 * their origin.
 */
const eventsOfPortals: WatchEvent[] = ['packageReceived', 'packageDownloaded', 'packageDelivered', 'deliveryFailed'];

/** The fields of the MASV Polling Trigger. */
export const pollingFields: INodeProperties[] = [
	{
		displayName: 'Trigger On',
		name: 'event',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Package About to Expire',
				value: 'packageExpiring',
				description: 'A set number of days before a sent or received package expires',
			},
			{
				name: 'Package Delivered to Storage',
				value: 'packageDelivered',
				description: 'When a package has been transferred to connected storage',
			},
			{
				name: 'Package Downloaded',
				value: 'packageDownloaded',
				description: 'When all files of a package have been downloaded',
			},
			{
				name: 'Package Received',
				value: 'packageReceived',
				description: 'When a package has been completely uploaded to a portal',
			},
			{
				name: 'Package Sent',
				value: 'packageSent',
				description: 'When a package sent by the team has been completely uploaded',
			},
			{
				name: 'Storage Delivery Failed',
				value: 'deliveryFailed',
				description: 'When the transfer of a package to connected storage has failed',
			},
		],
		default: 'packageReceived',
		description: 'The event that starts the workflow',
	},
	...portalsFields(
		'All portals, including those created later. For downloads and deliveries, also packages sent by the team.',
		{ event: eventsOfPortals },
	),
	{
		displayName: 'Days Before Expiry',
		name: 'days',
		type: 'number',
		typeOptions: { minValue: 1 },
		displayOptions: { show: { event: ['packageExpiring'] } },
		default: 3,
		description: 'How many days before a package expires to start the workflow',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			enrich,
			{
				displayName: 'Start From',
				name: 'startFrom',
				type: 'dateTime',
				default: '',
				description:
					'Also start the workflow for packages, downloads and deliveries created on or after this date, before the workflow was published. For Package About to Expire, this includes packages that became due on or after this date. Applies when the workflow is first published and after Trigger On is changed.',
			},
		],
	},
];

/** The values of the collection "options". */
interface PollingOptions {
	enrich?: boolean;
	startFrom?: unknown;
}

/** What to watch, as set in the fields. @throws MasvInputError */
export function readRequest(n8n: IPollFunctions): WatchRequest {
	const event = n8n.getNodeParameter('event') as WatchEvent;
	const days = Number(n8n.getNodeParameter('days', 3));
	if (event === 'packageExpiring' && !(Number.isFinite(days) && days >= 1)) {
		throw new MasvInputError(`Days Before Expiry must be at least 1, not ${days}`, {
			code: 'value_out_of_range',
			field: 'Days Before Expiry',
			hint: 'Enter 1 or more, or check the expression.',
		});
	}
	const { startFrom } = readOptions(n8n);
	const date = optionalIsoDate(startFrom, 'Start From', n8n);
	return {
		event,
		portalIds: eventsOfPortals.includes(event) ? readPortalIds(n8n) : undefined,
		days,
		startFrom: date === undefined ? undefined : Date.parse(date),
	};
}

/** Whether to add package details to the events. */
export function wantsDetails(n8n: IPollFunctions): boolean {
	return readOptions(n8n).enrich === true;
}

function readOptions(n8n: IPollFunctions): PollingOptions {
	return n8n.getNodeParameter('options', {}) as PollingOptions;
}
