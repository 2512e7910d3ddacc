import type { z } from 'zod';

import { isGone, isMissingFeature, isMissingRoute } from '../answers';
import type { MasvClient } from '../client';
import { createOnce } from '../createOnce';
import type { Deletion } from '../deleteOnce';
import { deleteOnce } from '../deleteOnce';
import { MasvInputError } from '../errors';
import { path } from '../path';
import { hostOf } from '../responseBody';
import type { RetryPolicy } from '../retry';
import type { Webhook } from '../schemas';
import { webhookSchema, wholeWebhookSchema } from '../schemas';
import { oneAtATime } from '../transfer/oneAtATime';
import { UndocumentedRouteError, undocumented } from '../undocumented';
import { listWebhooks, listWebhooksAs, WebhooksUnavailableError } from './webhooks';

/** The body of a webhook: docs/masv-api.md#webhook-routes. Values of `headers` are secrets as a rule. */
export interface WebhookBody {
	url: string;
	/** Names such as `package.finalized`. */
	events: string[];
	method: 'POST' | 'PUT';
	active: boolean;
	name?: string;
	/** Sent with every event. */
	headers?: Record<string, string>;
	/** Added to the body of every event. */
	body_extras?: Record<string, string>;
}

/**
 * All webhooks of the team, also those of triggers. The route is inferred: docs/masv-api.md#webhook-routes
 * @throws UndocumentedRouteError, WebhooksUnavailableError
 */
export async function fetchWebhooks(client: MasvClient, policy?: RetryPolicy): Promise<Webhook[]> {
	return await fetchWebhooksAs(webhookSchema, client, policy);
}

async function fetchWebhooksAs<T extends { id: string }>(
	record: z.ZodType<T>,
	client: MasvClient,
	policy?: RetryPolicy,
): Promise<T[]> {
	const found = await undocumented(async () => await listWebhooksAs(record, client, policy));
	if (found === undefined) throw new UndocumentedRouteError('list the webhooks of the team');
	return found;
}

/**
 * Creates a webhook. `POST /v1/teams/{team}/custom_webhooks`, 201: docs/masv-api.md#webhook-routes. It reports nothing until
 * it is attached to a portal.
 * @throws WebhooksUnavailableError if the team may not have webhooks
 * @throws MasvConnectionError if the response was lost and no list can show what happened
 */
export async function addWebhook(client: MasvClient, body: WebhookBody): Promise<Webhook> {
	rememberSecrets(client, body);
	try {
		return await createOnce(
			client,
			`the webhook for ${hostOf(body.url)}`,
			{
				operation: 'create the webhook',
				method: 'POST',
				path: path`/v1/teams/${client.teamId}/custom_webhooks`,
				body,
				schema: webhookSchema,
			},
			async (policy) => (await listWebhooks(client, policy))?.filter(({ url }) => url === body.url),
		);
	} catch (error) {
		throw isMissingFeature(error) ? new WebhooksUnavailableError(error) : error;
	}
}

/** What MASV returns for a webhook, but does not take in an update. */
const readOnlyKeys = ['id', 'team_id', 'created_at', 'updated_at'];

/**
 * Changes a webhook and leaves everything else as it is. `PUT /v1/custom_webhooks/{webhook}`: its body is presumably that of
 * a creation, so the webhook is read first, from the inferred list, one change at a time: docs/masv-api.md#webhook-routes
 * @throws MasvInputError if there is no such webhook
 */
export async function changeWebhook(
	client: MasvClient,
	webhookId: string,
	changes: Partial<WebhookBody>,
): Promise<Webhook> {
	rememberSecrets(client, changes);
	const facts = ['webhook', client.baseUrl, webhookId];
	return await oneAtATime(client, facts, async (guarded) => await readAndWrite(guarded, webhookId, changes));
}

async function readAndWrite(client: MasvClient, webhookId: string, changes: Partial<WebhookBody>): Promise<Webhook> {
	const whole = (await fetchWebhooksAs(wholeWebhookSchema, client)).find(({ id }) => id === webhookId);
	if (whole === undefined) throw notFound(webhookId);
	const current = webhookSchema.parse(whole);
	rememberSecrets(client, current);
	if (changes.headers === undefined && !hasReadableHeaders(whole, current)) {
		throw new MasvInputError(`MASV does not return the headers of webhook ${webhookId}, and an update replaces them`, {
			code: 'webhook_headers_unreadable',
			field: 'Headers',
			hint: 'Enter all headers again.',
		});
	}
	// What cannot be read is sent as it is: left out, it would be lost.
	const sendable = Object.entries(whole).map(([key, value]) => [key, current[key] ?? value] as const);
	const kept = sendable.filter(([key, value]) => !readOnlyKeys.includes(key) && value !== undefined && value !== null);
	try {
		const updated = await client.call({
			operation: 'update the webhook',
			method: 'PUT',
			path: path`/v1/custom_webhooks/${webhookId}`,
			body: { ...Object.fromEntries(kept), ...changes },
			schema: webhookSchema.optional().catch(undefined),
		});
		// The response to an update is not documented.
		return updated ?? { ...current, ...changes };
	} catch (error) {
		throw isGone(error) ? notFound(webhookId, error) : error;
	}
}

/** False if MASV shows asterisks for them, or has them in a form that is not documented. */
function hasReadableHeaders(whole: Record<string, unknown>, { headers }: Webhook): boolean {
	if (headers === undefined) return whole.headers === undefined || whole.headers === null;
	return Object.values(headers).every((value) => !/^\*+$/.test(value));
}

/**
 * Deletes a webhook. `DELETE /v1/custom_webhooks/{webhook}`, inferred: docs/masv-api.md#webhook-routes. So 404 may also mean
 * that there is no such route: the webhook is gone if the list does not contain it.
 * @throws UndocumentedRouteError
 */
export async function eraseWebhook(client: MasvClient, webhookId: string): Promise<Deletion> {
	const operation = `delete webhook ${webhookId}`;
	const call = { operation, path: path`/v1/custom_webhooks/${webhookId}` };
	const isDone = async (rejection: unknown): Promise<boolean> => {
		if (!isMissingRoute(rejection)) return false;
		const listed = isGone(rejection) ? await listWebhooks(client) : undefined;
		if (listed?.every(({ id }) => id !== webhookId) === true) return true;
		throw new UndocumentedRouteError(operation, { cause: rejection });
	};
	return await deleteOnce(client, webhookId, call, { isDone, isDocumented: false });
}

function notFound(webhookId: string, cause?: unknown): MasvInputError {
	return new MasvInputError(`There is no webhook ${webhookId} in the team`, {
		code: 'webhook_not_found',
		field: 'Webhook',
		cause,
	});
}

function rememberSecrets(client: MasvClient, { headers }: { headers?: Record<string, string> }): void {
	for (const value of Object.values(headers ?? {})) client.secrets.add(value);
}

/** The webhook for output: its headers usually contain a secret, so only their names are shown. */
export function withoutHeaderValues({ headers, ...shown }: Webhook): Webhook {
	if (headers === undefined) return shown;
	return { ...shown, headers: Object.fromEntries(Object.keys(headers).map((name) => [name, '****'])) };
}
