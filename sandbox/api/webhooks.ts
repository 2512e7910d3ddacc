import { z } from 'zod';
import { forbidden, notFound } from '../model/errors.ts';
import { newWebhookId } from '../model/ids.ts';
import type { Webhook } from '../model/state.ts';
import { type Call, keyRoute, type Route } from './route.ts';
import { webhookView } from './views.ts';

/**
 * The full list of events is unknown (docs/masv-api.md#webhook-events), so any name is accepted. `active` is a String
 * in one table, but a boolean in its example, which counts here (docs/masv-api.md#contradictions). Values of
 * `body_extras` "must be strings".
 */
const webhookBody = z.object({
	active: z.boolean(),
	events: z.array(z.string().min(1)).min(1),
	method: z.enum(['POST', 'PUT']),
	url: z.url({ protocol: /^https?$/ }),
	name: z.string().default(''),
	headers: z.record(z.string(), z.string()).default({}),
	body_extras: z.record(z.string(), z.string()).default({}),
});

/**
 * Custom webhooks (MASV docs, Webhooks; docs/masv-api.md#webhook-routes). The routes for list, get and delete are
 * inferred.
 */
export const webhookRoutes: Route[] = [
	keyRoute({
		step: 'createWebhook',
		at: 'POST /v1/teams/{team}/custom_webhooks',
		body: webhookBody,
		handle: ({ state, body, webhooksAvailable }) => {
			if (!webhooksAvailable) throw forbidden('custom webhooks are not enabled for this team');
			const webhook: Webhook = { ...body, id: newWebhookId(), team_id: state.teamId };
			state.webhooks.set(webhook.id, webhook);
			return { status: 201, json: webhookView(webhook) };
		},
	}),
	keyRoute({
		step: 'listWebhooks',
		at: 'GET /v1/teams/{team}/custom_webhooks',
		handle: ({ state }) => ({ status: 200, json: [...state.webhooks.values()].map(webhookView) }),
	}),
	keyRoute({
		step: 'getWebhook',
		at: 'GET /v1/custom_webhooks/{webhook}',
		handle: (call) => ({ status: 200, json: webhookView(webhookOf(call)) }),
	}),
	keyRoute({
		step: 'updateWebhook',
		at: 'PUT /v1/custom_webhooks/{webhook}',
		body: webhookBody,
		handle: (call) => ({ status: 200, json: webhookView(Object.assign(webhookOf(call), call.body)) }),
	}),
	keyRoute({
		// A deleted webhook cannot stay attached to portals, though the docs do not say that it is detached.
		step: 'deleteWebhook',
		at: 'DELETE /v1/custom_webhooks/{webhook}',
		handle: (call) => {
			const { id } = webhookOf(call);
			call.state.webhooks.delete(id);
			for (const portal of call.state.portals.values()) {
				portal.custom_webhooks = portal.custom_webhooks.filter((attached) => attached.id !== id);
			}
			return { status: 204 };
		},
	}),
];

function webhookOf({ state, params }: Call<unknown>): Webhook {
	const webhook = state.webhooks.get(params.webhook ?? '');
	if (webhook === undefined) throw notFound('custom webhook');
	return webhook;
}
