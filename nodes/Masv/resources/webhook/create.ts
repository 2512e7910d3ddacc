import { addWebhook, withoutHeaderValues } from '../../../../masv/webhooks/manage';
import {
	toEntryMap,
	toWebhookUrl,
	webhookBodyExtras,
	webhookEvents,
	webhookHeaders,
	webhookMethod,
	webhookUrl,
} from '../../fields/webhook';
import { newName } from '../../fields/newName';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a webhook',
	description:
		'Create a custom webhook. It receives events once it is attached to a portal. To start a workflow, use the MASV Trigger instead.',
	fields: [
		{ ...newName, placeholder: 'e.g. n8n' },
		{ ...webhookUrl, required: true },
		{ ...webhookEvents, default: 'package.finalized', required: true },
		webhookMethod,
		{
			displayName: 'Active',
			name: 'active',
			type: 'boolean',
			default: true,
			description: 'Whether MASV sends events to the webhook',
		},
		webhookHeaders,
		webhookBodyExtras,
	],
	run: async ({ masv, input }) => {
		const created = await addWebhook(masv, {
			name: input.name.trim(),
			url: toWebhookUrl(input.url),
			events: input.events,
			method: input.method,
			active: input.active,
			headers: toEntryMap(input.headers),
			body_extras: toEntryMap(input.bodyExtras),
		});
		return withoutHeaderValues(created);
	},
});
