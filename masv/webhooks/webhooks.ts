import type { z } from 'zod';

import { findLost } from '../callOnce';
import type { MasvClient } from '../client';
import { MasvApiError, MasvError } from '../errors';
import { onlyListSchema } from '../onlyList';
import { readPages, take } from '../pages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { noRetry } from '../retry';
import type { Webhook } from '../schemas';
import { webhookListSchema, webhookSchema } from '../schemas';
import { isDeniedFeature, isGone, isMissingFeature, isMissingRoute, isTransient, isUnauthorized } from '../answers';
import { secretHeader } from './event';

/** A webhook as it should be. */
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

/** Webhooks are not enabled for the team, or the user of the API key may not manage them: docs/masv-api.md#webhooks */
export class WebhooksUnavailableError extends MasvError {
	constructor(cause: MasvApiError) {
		super('Webhooks are not enabled for this team', {
			code: 'webhooks_unavailable',
			hint: `MASV enables custom webhooks on request only, and the user of the API key must be allowed to manage them. MASV responded with ${cause.status} ${cause.details.join('; ')}`,
			cause,
		});
	}
}

export interface EnsuredWebhook {
	id: string;
	isNew: boolean;
	/** Leftovers that were deleted. Portals may still refer to them. */
	deletedIds: string[];
}

/**
 * Makes sure that the team has exactly one such webhook: the known one, or else one with this URL, repaired if it
 * differs; or else a new one. Other webhooks with this URL are our own leftovers, because only we can receive
 * there, and are deleted.
 * @param knownId the webhook created for this earlier
 * @throws WebhooksUnavailableError, MasvApiError, MasvConnectionError
 */
export async function ensureWebhook(
	client: MasvClient,
	request: WebhookRequest,
	knownId: string | undefined,
): Promise<EnsuredWebhook> {
	client.secrets.add(request.secret);
	const found = await findWebhooks(client, request.url, knownId);
	const listed = found ?? [];
	const known = listed.find(({ id }) => id === knownId);
	const candidates = listed.filter((webhook) => webhook !== known);
	// Not being in the list does not prove that it is gone: the list is inferred, and may be missing or incomplete.
	if (knownId !== undefined) candidates.unshift(known ?? { id: knownId });
	let kept: string | undefined;
	for (const candidate of candidates) {
		const isUnlisted = found !== undefined && !found.includes(candidate);
		if (isAsWanted(candidate, request) || (await updateWebhook(client, candidate.id, request, isUnlisted))) {
			kept = candidate.id;
			break;
		}
	}
	const deletedIds = listed.map(({ id }) => id).filter((id) => id !== kept);
	for (const id of deletedIds) await deleteWebhook(client, id);
	if (kept !== undefined) return { id: kept, isNew: false, deletedIds };
	return { id: await createWebhook(client, request, deletedIds), isNew: true, deletedIds };
}

/** Whether a webhook needs no repair. Fields that MASV does not return are not assumed to be right. */
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

/** The webhooks that are ours. @returns undefined on a server without the list */
export async function findWebhooks(
	client: MasvClient,
	url: string,
	knownId: string | undefined,
	policy?: RetryPolicy,
): Promise<Webhook[] | undefined> {
	const all = await listWebhooks(client, policy);
	return all?.filter((webhook) => webhook.id === knownId || webhook.url === url);
}

/**
 * All webhooks of the team. Every stored copy of MASV's page ends before the list, so its route and its form are inferred
 * from the other routes: docs/masv-api.md#webhook-routes
 * @returns undefined on a server without the list
 * @throws WebhooksUnavailableError, MasvApiError, MasvConnectionError
 */
export async function listWebhooks(client: MasvClient, policy?: RetryPolicy): Promise<Webhook[] | undefined> {
	return await listWebhooksAs(webhookSchema, client, policy);
}

/** The same, decoded by another schema. */
export async function listWebhooksAs<T extends { id: string }>(
	record: z.ZodType<T>,
	client: MasvClient,
	policy?: RetryPolicy,
): Promise<T[] | undefined> {
	const call = {
		operation: 'list the webhooks of the team',
		path: path`/v1/teams/${client.teamId}/custom_webhooks`,
		policy,
	};
	try {
		const first = await client.call({ ...call, method: 'GET', schema: webhookListSchema(record) });
		if (first === undefined) return undefined;
		const { isWhole, records } = first;
		return isWhole
			? records
			: await take(readPages(client, { ...call, record, page: onlyListSchema(record) }), Infinity);
	} catch (error) {
		if (isMissingRoute(error)) return undefined;
		throw isDeniedFeature(error) ? new WebhooksUnavailableError(error) : error;
	}
}

function toBody({ name, url, events, secret }: WebhookRequest): object {
	return { active: true, name, url, events, method: 'POST', headers: { [secretHeader]: secret } };
}

/**
 * `POST /v1/teams/{team}/custom_webhooks`, 201.
 * @param deletedIds of others with the same URL: a list that is behind may still show them
 */
async function createWebhook(
	client: MasvClient,
	request: WebhookRequest,
	deletedIds: readonly string[],
): Promise<string> {
	const findNew = async (): Promise<Webhook | undefined> => {
		const found = await findWebhooks(client, request.url, undefined, noRetry);
		return found?.find(({ id }) => !deletedIds.includes(id));
	};
	try {
		const { id } = await client.call({
			operation: 'create the webhook',
			method: 'POST',
			path: path`/v1/teams/${client.teamId}/custom_webhooks`,
			body: toBody(request),
			schema: webhookSchema,
			recoverResult: async () => await findLost(client, findNew),
		});
		return id;
	} catch (error) {
		throw isMissingFeature(error) ? new WebhooksUnavailableError(error) : error;
	}
}

/**
 * `PUT /v1/custom_webhooks/{id}`.
 * @param isUnlisted whether MASV's list lacks it: a refusal then confirms that it is gone or belongs to another team
 * @returns false if there is no such webhook any more
 */
async function updateWebhook(
	client: MasvClient,
	webhookId: string,
	request: WebhookRequest,
	isUnlisted: boolean,
): Promise<boolean> {
	try {
		await client.call({
			operation: 'update the webhook',
			method: 'PUT',
			path: path`/v1/custom_webhooks/${webhookId}`,
			body: toBody(request),
		});
		return true;
	} catch (error) {
		const isRefused = error instanceof MasvApiError && !isUnauthorized(error) && !isTransient(error);
		if (isGone(error) || (isUnlisted && isRefused)) return false;
		throw error;
	}
}

/** `DELETE /v1/custom_webhooks/{id}` (inferred, see {@link listWebhooks}). Already deleted counts as success. */
export async function deleteWebhook(client: MasvClient, webhookId: string): Promise<void> {
	try {
		await client.call({
			operation: 'delete the webhook',
			method: 'DELETE',
			path: path`/v1/custom_webhooks/${webhookId}`,
		});
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}
