import { changeWebhook, withoutHeaderValues } from '../../../../masv/webhooks/manage';
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
import { webhookId } from '../../fields/webhookId';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Update',
	value: 'update',
	action: 'Update a webhook',
	description: 'Change a custom webhook. What is not set stays as it is. MASV documents only part of this request.',
	fields: [
		webhookId,
		{
			displayName: 'Settings',
			name: 'settings',
			type: 'collection',
			placeholder: 'Add setting',
			default: {},
			options: [
				{
					displayName: 'Active',
					name: 'active',
					type: 'boolean',
					default: true,
					description: 'Whether MASV sends events to the webhook',
				},
				webhookEvents,
				webhookMethod,
				{ ...newName, placeholder: 'e.g. n8n', required: false },
				webhookUrl,
			],
		},
		{ ...webhookHeaders, description: 'If there are any, they replace all headers of the webhook' },
		{ ...webhookBodyExtras, description: 'If there are any, they replace all extra body fields of the webhook' },
	],
	run: async ({ masv, input }) => {
		const { active, events, method, name, url } = input.settings;
		const label = optionalText(name);
		const updated = await changeWebhook(masv, input.webhookId, {
			...(active !== undefined && { active }),
			...(events !== undefined && { events }),
			...(method !== undefined && { method }),
			...(label !== undefined && { name: label }),
			...(url !== undefined && { url: toWebhookUrl(url) }),
			...(input.headers.length > 0 && { headers: toEntryMap(input.headers) }),
			...(input.bodyExtras.length > 0 && { body_extras: toEntryMap(input.bodyExtras) }),
		});
		return withoutHeaderValues(updated);
	},
});
