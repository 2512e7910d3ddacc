import { eraseWebhook } from '../../../../masv/webhooks/manage';
import { webhookId } from '../../fields/webhookId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Delete',
	value: 'delete',
	action: 'Permanently delete a webhook',
	description:
		'Permanently delete a custom webhook, so that its portals no longer report to it. This cannot be undone, and stops a MASV Trigger that uses the webhook. MASV does not document this request.',
	fields: [webhookId],
	run: async ({ masv, input }) => await eraseWebhook(masv, input.webhookId),
});
