import type { INodeExecutionData, INodeType, INodeTypeDescription, IPollFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { testMasvApi } from './credentialTests';
import { getPortals } from './fields/portals';
import { eventNames, pollingFields } from './polling/fields';
import { poll } from './polling/poll';
import { toProperty } from './properties';
import { subtitleOf } from './subtitle';

export class MasvPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MASV Polling Trigger',
		name: 'masvPollingTrigger',
		icon: { light: 'file:masv.svg', dark: 'file:masv.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: subtitleOf(eventNames, '$parameter["event"]'),
		description:
			'Starts the workflow when a package is received, sent, downloaded, delivered or about to expire. Works without webhooks.',
		defaults: { name: 'MASV Polling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'masvApi', required: true, testedBy: 'testMasvApi' }],
		properties: pollingFields.map(toProperty),
	};

	methods = {
		credentialTest: { testMasvApi },
		loadOptions: { getPortals },
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const items = await poll(this);
		return items.length === 0 ? null : [items];
	}
}
