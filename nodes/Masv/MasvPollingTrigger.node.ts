import type { IDataObject, INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { testMasvApi } from './credentialTests';
import { enrich } from './fields/enrich';
import { getPortals, portalsFields } from './fields/portals';
import { toNodeError, toOneLineError } from './nodeErrors';
import { eventsOfPortals, fetchTestEvent, pollAlone } from './polling/polling';

export class MasvPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MASV Polling Trigger',
		name: 'masvPollingTrigger',
		icon: { light: 'file:masv.svg', dark: 'file:masv.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["event"]}}',
		description: 'Starts the workflow when something happens to packages of MASV; asks regularly and needs no webhooks',
		defaults: { name: 'MASV Polling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'masvApi', required: true, testedBy: 'testMasvApi' }],
		properties: [
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
		],
	};

	methods = {
		credentialTest: { testMasvApi },
		loadOptions: { getPortals },
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const isManual = this.getMode() === 'manual';
		try {
			const events = isManual ? [await fetchTestEvent(this)] : await pollAlone(this);
			return events.length === 0 ? null : [events.map((json) => ({ json: json as IDataObject }))];
		} catch (error) {
			// Any other poll may be the one that n8n activates the workflow by.
			throw isManual ? toNodeError(this.getNode(), error, 0) : toOneLineError(this.getNode(), error);
		}
	}
}
