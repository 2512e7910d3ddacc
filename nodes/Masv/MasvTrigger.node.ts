import type {
	IExecuteFunctions,
	IHookFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { testMasvApi } from './credentialTests';
import { getPortals } from './fields/portals';
import { toProperty } from './properties';
import { activate, deactivate, isActive } from './trigger/activation';
import { enrichItems } from './trigger/enrich';
import { subtitleOfEach } from './subtitle';
import { eventNames, triggerFields } from './trigger/fields';
import { receive } from './trigger/receipt';

export class MasvTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MASV Trigger',
		name: 'masvTrigger',
		icon: { light: 'file:masv.svg', dark: 'file:masv.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: subtitleOfEach(eventNames, '$parameter["events"]'),
		description: 'Starts the workflow when a package arrives in a MASV portal',
		defaults: { name: 'MASV Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'masvApi', required: true, testedBy: 'testMasvApi' }],
		webhooks: [
			// The URL is hidden: events sent to it without the webhook's secret are rejected.
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook', ndvHideUrl: true },
			// MASV can be set to use PUT instead (MASV docs, Webhooks, `method`). n8n has only these two names for webhooks.
			{ name: 'setup', httpMethod: 'PUT', responseMode: 'onReceived', path: 'webhook', ndvHideUrl: true },
		],
		properties: triggerFields.map(toProperty),
	};

	methods = {
		credentialTest: { testMasvApi },
		loadOptions: { getPortals },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isActive(this);
			},

			async create(this: IHookFunctions): Promise<boolean> {
				await activate(this);
				return true;
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				await deactivate(this);
				return true;
			},
		},
	};

	/** Responds at once; slower work happens in {@link execute}, once the execution has started. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await enrichItems(this)];
	}
}
