import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { fetchPackageDetails } from '../../masv/packages/details';
import { connectMasv, connectTrigger } from './connect';
import { testMasvApi } from './credentialTests';
import { enrich } from './fields/enrich';
import { getPortals, portalsFields, readPortalIds } from './fields/portals';
import { toNodeError, toOneLineError } from './nodeErrors';
import { nodeScope } from './nodeScope';
import type { Settings, TriggerFunctions } from './trigger/fields';
import { isTest, mayLosePasswords, readEvents, readWanted, urlOf } from './trigger/fields';
import { receive } from './trigger/receipt';
import { isSetUp, setUp, takeDown } from '../../masv/webhooks/subscription';
import { platform } from './platform';
import type { EventMemory } from '../../masv/webhooks/eventMemory';
import { forgetSubscription, readSubscription, writeSubscription } from './trigger/state';

export class MasvTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MASV Trigger',
		name: 'masvTrigger',
		icon: { light: 'file:masv.svg', dark: 'file:masv.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["events"].join(", ")}}',
		description: 'Starts the workflow when a package arrives in a portal of MASV',
		defaults: { name: 'MASV Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'masvApi', required: true, testedBy: 'testMasvApi' }],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' },
			// MASV can be told to use PUT instead (MASV docs, Webhooks, `method`). n8n knows two names for webhooks, no more.
			{ name: 'setup', httpMethod: 'PUT', responseMode: 'onReceived', path: 'webhook', ndvHideUrl: true },
		],
		properties: [
			{
				displayName: 'Trigger On',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: [
					{ name: 'Package Created', value: 'package.created', description: 'When somebody begins to upload' },
					{ name: 'Package Finalized', value: 'package.finalized', description: 'When everything has arrived' },
				],
				default: ['package.finalized'],
			},
			...portalsFields('Every portal that the team has when the workflow is activated'),
			{
				displayName: 'Options',
				name: 'settings',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					enrich,
					{
						displayName: 'Other Events',
						name: 'otherEvents',
						type: 'string',
						default: '',
						placeholder: 'e.g. package.expired',
						description: 'Names of further events, separated by commas. MASV documents only two.',
					},
					{
						displayName: 'Update Portals with Passwords',
						name: 'updateProtectedPortals',
						type: 'boolean',
						default: false,
						description:
							'Whether to attach the webhook also to portals whose passwords MASV does not tell. The update may take them away or be refused; set them again in MASV afterwards.',
					},
				],
			},
			{
				// Tells n8n to leave the body of a delivery unread, as the option of this name of its own Webhook node does: an
				// unproven sender gets nothing parsed, and what is not JSON gets an answer of ours.
				displayName: 'Leave the Body Unread',
				name: 'options',
				type: 'hidden',
				default: { binaryData: true },
			},
		],
	};

	methods = {
		credentialTest: { testMasvApi },
		loadOptions: { getPortals },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await withNodeErrors(this, async () => {
					return await isSetUp(await connectTrigger(this), readWanted(this), readSubscription(this, isTest(this)));
				});
			},

			async create(this: IHookFunctions): Promise<boolean> {
				return await withNodeErrors(this, async () => {
					const earlier = readSubscription(this, isTest(this));
					const done = await setUp(await connectTrigger(this), readWanted(this), earlier);
					writeSubscription(this, { ...done, isTest: isTest(this) });
					return true;
				});
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				return await withNodeErrors(this, async () => {
					// n8n ends listening for a test event in another mode than it began it; what was set up tells which it was.
					const setup = readSubscription(this, true) ?? readSubscription(this, false);
					const wanted = { url: urlOf(this), mayLosePasswords: mayLosePasswords(this) };
					await takeDown(await connectTrigger(this), wanted, setup);
					forgetSubscription(this);
					if (setup?.isTest === false) await forgetEvents(this);
					return true;
				});
			},
		},
	};

	/** Answers at once; what takes longer is done in {@link execute}, when the execution has begun. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const events = readEvents(this);
		const portalIds = readPortalIds(this);
		return await receive(this, {
			secret: readSubscription(this, isTest(this))?.secret,
			isWanted: ({ event_type: type, object: { portal_id: portalId } }) =>
				events.includes(type) &&
				// The webhook is attached to these portals only; an event that names none came through one of them.
				(portalIds === undefined || portalId === undefined || portalIds.includes(portalId)),
			memory: isTest(this) ? undefined : memoryOf(this),
		});
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const settings = this.getNodeParameter('settings', 0, {}) as Settings;
		if (settings.enrich !== true) return [items];
		try {
			const masv = await connectMasv(this);
			const enriched: INodeExecutionData[] = [];
			for (const [itemIndex, { json }] of items.entries()) {
				const { id } = (json.object ?? {}) as { id?: string };
				const details = id === undefined ? {} : await fetchPackageDetails(masv, id);
				enriched.push({ json: { ...json, ...(details as IDataObject) }, pairedItem: { item: itemIndex } });
			}
			return [enriched];
		} catch (error) {
			throw toNodeError(this.getNode(), error, 0);
		}
	}
}

async function withNodeErrors<T>(n8n: IHookFunctions, step: () => Promise<T>): Promise<T> {
	try {
		return await step();
	} catch (error) {
		throw toOneLineError(n8n.getNode(), error);
	}
}

function memoryOf(n8n: TriggerFunctions): EventMemory {
	return platform.eventMemory(platform.hashing.sha256(nodeScope(n8n)).slice(0, 32), (reason) => {
		n8n.logger.warn(`MASV Trigger: after a restart, events may start the workflow again; ${reason}`);
	});
}

async function forgetEvents(n8n: IHookFunctions): Promise<void> {
	await memoryOf(n8n).forget();
}
