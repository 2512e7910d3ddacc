import type { IPollFunctions } from 'n8n-workflow';

import type { WatchEvent, WatchRequest } from '../../../masv/watch/request';
import { enrich } from '../fields/enrich';
import { portalsFields, toPortalIds } from '../fields/portals';
import { fieldReader } from '../input';
import type { Field } from '../operation';

/**
 * Events that can be filtered by portal. Sent packages have no portal, and expiring packages are watched regardless of
 * their origin.
 */
const eventsOfPortals: WatchEvent[] = ['packageReceived', 'packageDownloaded', 'packageDelivered', 'deliveryFailed'];

/** The fields of the MASV Polling Trigger. */
export const pollingFields = [
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
				description:
					'When all files of a package have been downloaded with the MASV desktop app, the Agent or the current download page',
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
		typeOptions: { minValue: 1, maxValue: 65_535 },
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
					'Also start the workflow for packages, downloads and deliveries created on or after this date, before the workflow was published (activated). For Package About to Expire, this includes packages that became due on or after this date. Applies when the workflow is first published (activated), and again after Trigger On, Portals, Days Before Expiry or the team is changed: what was reported before is then reported again.',
			},
		],
	},
] as const satisfies readonly Field[];

/** What the user reads for each event. */
export const eventNames = Object.fromEntries(pollingFields[0].options.map(({ name, value }) => [value, name]));

/** What to watch, as set in the fields. @throws MasvInputError */
export function readRequest(n8n: IPollFunctions): WatchRequest {
	const valueOf = readerOf(n8n);
	const event = valueOf('event');
	const { startFrom } = valueOf('options');
	return {
		event,
		portalIds: eventsOfPortals.includes(event)
			? toPortalIds({ portals: valueOf('portals'), portalIds: valueOf('portalIds') })
			: undefined,
		days: valueOf('days'),
		startFrom: startFrom === undefined ? undefined : Date.parse(startFrom),
	};
}

/** Whether to add package details to the events. */
export function wantsDetails(n8n: IPollFunctions): boolean {
	return readerOf(n8n)('options').enrich === true;
}

function readerOf(n8n: IPollFunctions) {
	return fieldReader(pollingFields, n8n, (name, fallback) => n8n.getNodeParameter(name, fallback));
}
