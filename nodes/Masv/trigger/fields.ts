import type { IExecuteFunctions, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import type { WantedSubscription } from '../../../masv/webhooks/subscription';
import { enrich } from '../fields/enrich';
import { portalsFields, toPortalIds } from '../fields/portals';
import type { FieldReader } from '../input';
import { fieldReader } from '../input';
import type { Field } from '../operation';

/** The fields of the MASV Trigger. */
export const triggerFields = [
	{
		displayName: 'Trigger On',
		name: 'events',
		// Not `required`: Other Events may be all that is wanted.
		type: 'multiOptions',
		options: [
			{ name: 'Package Created', value: 'package.created', description: 'When an upload starts' },
			{ name: 'Package Finalized', value: 'package.finalized', description: 'When an upload is complete' },
		],
		default: ['package.finalized'],
		description: 'The events that start the workflow',
	},
	...portalsFields('All portals that exist when the workflow is published (activated)'),
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
				accepts: 'list',
				default: '',
				placeholder: 'e.g. package.expired',
				description: 'Comma-separated names of additional events. MASV documents only the two above.',
			},
			{
				displayName: 'Update Portals with Passwords',
				name: 'updateProtectedPortals',
				type: 'boolean',
				default: false,
				description:
					'Whether to also attach the webhook to portals whose passwords MASV does not return. The update may remove the passwords or be rejected; set them again in MASV afterwards.',
			},
		],
	},
	{
		// Prevents n8n from reading the body of a delivery, as the option of the same name does in its own Webhook node.
		// Nothing from an unverified sender is parsed, and a body that is not JSON gets our own response.
		displayName: 'Raw Body',
		name: 'options',
		type: 'hidden',
		default: { binaryData: true },
	},
] as const satisfies readonly Field[];

/** The names of the events, by their values. */
export const eventNames = Object.fromEntries(triggerFields[0].options.map(({ name, value }) => [value, name]));

export type TriggerFunctions = IHookFunctions | IWebhookFunctions;

export function isTest(n8n: TriggerFunctions): boolean {
	return n8n.getMode() === 'manual';
}

export function urlOf(n8n: TriggerFunctions): string {
	const url = n8n.getNodeWebhookUrl('default');
	if (url === undefined)
		throw new MasvInputError('n8n provides no webhook URL for this node', {
			code: 'webhook_url_missing',
			field: 'N8N_WEBHOOK_URL',
		});
	return url;
}

/** The values of the fields, in any of the trigger's functions. @throws MasvInputError that names the field */
export function triggerReader(n8n: TriggerFunctions | IExecuteFunctions): FieldReader<typeof triggerFields> {
	return fieldReader(triggerFields, n8n, (name, fallback) =>
		'getInputData' in n8n
			? n8n.getNodeParameter(name, 0, fallback as string)
			: n8n.getNodeParameter(name, fallback as string),
	);
}

export function readEvents(n8n: TriggerFunctions): string[] {
	const valueOf = triggerReader(n8n);
	return [...new Set([...valueOf('events'), ...(valueOf('settings').otherEvents ?? [])])];
}

/** The portals whose events the trigger receives; undefined for all. */
export function readPortalIds(n8n: TriggerFunctions): string[] | undefined {
	const valueOf = triggerReader(n8n);
	return toPortalIds({ portals: valueOf('portals'), portalIds: valueOf('portalIds') });
}

/** Whether the user accepts updates of portals whose passwords MASV does not return. */
export function acceptsPasswordLoss(n8n: TriggerFunctions): boolean {
	return triggerReader(n8n)('settings').updateProtectedPortals === true;
}

export function readWanted(n8n: IHookFunctions): WantedSubscription {
	const events = readEvents(n8n);
	if (events.length === 0) {
		throw new MasvInputError('No event is selected', {
			code: 'value_missing',
			field: 'Trigger On',
			hint: 'Select one, or enter one under Other Events.',
		});
	}
	const { name = 'workflow' } = n8n.getWorkflow();
	return {
		url: urlOf(n8n),
		name: `n8n: ${name}${isTest(n8n) ? ' (test)' : ''}`,
		events,
		portalIds: readPortalIds(n8n),
		mayLosePasswords: acceptsPasswordLoss(n8n),
	};
}
