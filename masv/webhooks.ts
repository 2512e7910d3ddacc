import { createHash, timingSafeEqual } from 'node:crypto';

import type { MasvClient } from './client';
import { MasvApiError, MasvError, isMissingRoute } from './errors';
import { path } from './path';
import type { RetryPolicy } from './retry';
import { noRetry } from './retry';
import type { Webhook, WebhookEvent } from './schemas';
import { listSchema, webhookEventSchema, webhookSchema } from './schemas';

/** MASV signs nothing. A secret of our own goes with every event instead, as its users in the field do it. */
export const secretHeader = 'x-masv-secret';

/** What a webhook should be. */
export interface WebhookRequest {
	/** Label in MASV. */
	name: string;
	/** Where events are sent. */
	url: string;
	/** Names such as `package.finalized`. */
	events: string[];
	/** Sent with every event in {@link secretHeader}. */
	secret: string;
}

/**
 * Makes the team have exactly one webhook that is as wanted: the known one, else one with this URL, repaired where it
 * differs; else a new one. Others with this URL are left-overs of ours, because nobody else can receive there, and go.
 * @param knownId of the webhook that was made for this earlier
 */
export async function ensureWebhook(
	client: MasvClient,
	request: WebhookRequest,
	knownId: string | undefined,
): Promise<{ id: string; isNew: boolean }> {
	client.secrets.add(request.secret);
	const mine = await findWebhooks(client, request.url, knownId);
	if (mine === undefined) {
		if (knownId !== undefined && (await updateWebhook(client, knownId, request))) return { id: knownId, isNew: false };
		return { id: await createWebhook(client, request), isNew: true };
	}
	const kept = mine.find(({ id }) => id === knownId) ?? mine[0];
	for (const spare of mine) if (spare !== kept) await deleteWebhook(client, spare.id);
	if (kept === undefined) return { id: await createWebhook(client, request), isNew: true };
	if (!isAsWanted(kept, request)) await updateWebhook(client, kept.id, request);
	return { id: kept.id, isNew: false };
}

/** Whether a webhook needs no repair. What MASV does not tell is not known to be right. */
export function isAsWanted(webhook: Webhook, { url, events, secret }: WebhookRequest): boolean {
	return (
		webhook.url === url &&
		webhook.active === true &&
		webhook.method === 'POST' &&
		webhook.events?.length === events.length &&
		events.every((event) => webhook.events?.includes(event)) &&
		Object.entries(webhook.headers ?? {}).some(
			([name, value]) => name.toLowerCase() === secretHeader && value === secret,
		)
	);
}

/**
 * The webhooks that are ours. The list is past the cut of every stored copy of MASV's page; its route is inferred from the
 * others.
 * @returns undefined on a server without the list
 */
export async function findWebhooks(
	client: MasvClient,
	url: string,
	knownId: string | undefined,
	policy?: RetryPolicy,
): Promise<Webhook[] | undefined> {
	try {
		const { records } = await client.call({
			operation: 'list the webhooks of the team',
			method: 'GET',
			path: path`/v1/teams/${client.teamId}/custom_webhooks`,
			schema: listSchema(webhookSchema),
			policy,
		});
		return records.filter((webhook) => webhook.id === knownId || webhook.url === url);
	} catch (error) {
		if (isMissingRoute(error)) return undefined;
		throw error;
	}
}

function toBody({ name, url, events, secret }: WebhookRequest): object {
	return { active: true, name, url, events, method: 'POST', headers: { [secretHeader]: secret } };
}

/** `POST /v1/teams/{team}/custom_webhooks`, 201. */
async function createWebhook(client: MasvClient, request: WebhookRequest): Promise<string> {
	try {
		const { id } = await client.call({
			operation: 'create the webhook',
			method: 'POST',
			path: path`/v1/teams/${client.teamId}/custom_webhooks`,
			body: toBody(request),
			schema: webhookSchema,
			findLost: async () => (await findWebhooks(client, request.url, undefined, noRetry))?.[0],
		});
		return id;
	} catch (error) {
		if (!(error instanceof MasvApiError) || ![402, 403, 404, 405, 501].includes(error.status)) throw error;
		throw new MasvError('MASV does not let this team have webhooks', {
			hint: `MASV offers custom webhooks on request only, and the user of the API key must be allowed to manage them. Use the MASV Polling Trigger instead, or ask MASV's support for webhooks. MASV said: ${error.status} ${error.details.join('; ')}`,
			cause: error,
		});
	}
}

/** `PUT /v1/custom_webhooks/{id}`. False: there is no such webhook any more. */
async function updateWebhook(client: MasvClient, webhookId: string, request: WebhookRequest): Promise<boolean> {
	try {
		await client.call({
			operation: 'update the webhook',
			method: 'PUT',
			path: path`/v1/custom_webhooks/${webhookId}`,
			body: toBody(request),
		});
		return true;
	} catch (error) {
		if (error instanceof MasvApiError && error.status === 404) return false;
		throw error;
	}
}

/** `DELETE /v1/custom_webhooks/{id}` (inferred, see {@link findWebhooks}). Gone already is as good. */
export async function deleteWebhook(client: MasvClient, webhookId: string): Promise<void> {
	try {
		await client.call({
			operation: 'delete the webhook',
			method: 'DELETE',
			path: path`/v1/custom_webhooks/${webhookId}`,
		});
	} catch (error) {
		if (!(error instanceof MasvApiError && error.status === 404)) throw error;
	}
}

/** Compares in constant time. Two that are missing are not the same. */
export function isSameSecret(given: unknown, expected: string | undefined): boolean {
	const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
	const isSame = timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(expected ?? ''));
	return isSame && typeof given === 'string' && expected !== undefined && expected !== '';
}

/** @returns undefined for what is not an event */
export function parseWebhookEvent(body: Buffer): WebhookEvent | undefined {
	try {
		return webhookEventSchema.safeParse(JSON.parse(body.toString('utf8'))).data;
	} catch {
		return undefined;
	}
}

/** One name for all attempts to deliver an event; without `event_id`, one package has each event once. */
export function eventKey({ event_id, event_type, object }: WebhookEvent): string {
	const name = event_id === undefined ? [event_type, object.id] : [event_id];
	return createHash('sha256').update(JSON.stringify(name)).digest('hex').slice(0, 32);
}
