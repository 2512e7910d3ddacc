import type { INodeProperties, IPollFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { WatchEvent, WatchRequest } from '../../../masv/watch/request';
import { enrich } from '../fields/enrich';
import { portalsFields, readPortalIds } from '../fields/portals';
import { optionalIsoDate } from '../values/date';

/**
 * Events that can be limited to portals. Sent packages go through no portal, and packages expire wherever they came
 * from.
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
				description: 'Some days before MASV deletes a package that was sent or received',
			},
			{
				name: 'Package Delivered to Storage',
				value: 'packageDelivered',
				description: 'When a package has been transferred to a connected storage',
			},
			{
				name: 'Package Downloaded',
				value: 'packageDownloaded',
				description: 'When all files of a package have been downloaded',
			},
			{
				name: 'Package Received',
				value: 'packageReceived',
				description: 'When everything of a package has arrived through a portal',
			},
			{
				name: 'Package Sent',
				value: 'packageSent',
				description: 'When everything of a package that the team sends has been uploaded',
			},
			{
				name: 'Storage Delivery Failed',
				value: 'deliveryFailed',
				description: 'When the transfer of a package to a connected storage has failed',
			},
		],
		default: 'packageReceived',
		description: 'What starts the workflow',
	},
	...portalsFields(
		'Every portal, also those that are created later; for downloads and deliveries, packages that the team sent as well',
		{ event: eventsOfPortals },
	),
	{
		displayName: 'Days Before Expiry',
		name: 'days',
		type: 'number',
		typeOptions: { minValue: 1 },
		displayOptions: { show: { event: ['packageExpiring'] } },
		default: 3,
		description: 'How many days before a package expires the workflow starts',
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
					'Start the workflow also for what was created on or after this date, before the workflow was activated; for packages about to expire: what became due on or after it. Counts when the workflow is activated for the first time, or after the event was changed.',
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
		throw new MasvInputError(`A package cannot be announced ${days} days before it expires`, {
			code: 'value_out_of_range',
			field: 'Days Before Expiry',
			hint: 'Give a number from 1 on, or check the expression.',
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
