import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { MasvInputError } from '../../../masv/errors';
import { readPortalIds } from '../fields/portals';
import type { WantedSubscription } from '../../../masv/webhooks/subscription';
import { toList } from '../values/list';

/** The options of the MASV Trigger. */
export interface Settings {
	otherEvents?: string;
	updateProtectedPortals?: boolean;
	enrich?: boolean;
}

export type TriggerFunctions = IHookFunctions | IWebhookFunctions;

export function isTest(n8n: TriggerFunctions): boolean {
	return n8n.getMode() === 'manual';
}

export function urlOf(n8n: TriggerFunctions): string {
	const url = n8n.getNodeWebhookUrl('default');
	if (url === undefined) throw new MasvInputError('n8n gives this node no address', { field: 'N8N_WEBHOOK_URL' });
	return url;
}

export function readEvents(n8n: TriggerFunctions): string[] {
	const chosen = n8n.getNodeParameter('events') as string[];
	const { otherEvents } = n8n.getNodeParameter('settings', {}) as Settings;
	return [...new Set([...chosen, ...toList(otherEvents)])];
}

/** Whether the user agrees to updates of portals whose passwords MASV does not tell. */
export function mayLosePasswords(n8n: TriggerFunctions): boolean {
	const { updateProtectedPortals = false } = n8n.getNodeParameter('settings', {}) as Settings;
	return updateProtectedPortals;
}

export function readWanted(n8n: IHookFunctions): WantedSubscription {
	const events = readEvents(n8n);
	if (events.length === 0) {
		throw new MasvInputError('No event is chosen', {
			field: 'Trigger On',
			hint: 'Choose one, or name one under Other Events.',
		});
	}
	const { name = 'workflow' } = n8n.getWorkflow();
	return {
		url: urlOf(n8n),
		name: `n8n: ${name}${isTest(n8n) ? ' (test)' : ''}`,
		events,
		portalIds: readPortalIds(n8n),
		mayLosePasswords: mayLosePasswords(n8n),
	};
}
