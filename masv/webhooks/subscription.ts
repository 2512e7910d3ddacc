import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { attachedWebhooks } from '../portals/wholePortal';
import type { Portal } from '../schemas';
import { mapParallel } from '../workers';
import { attachWebhook, detachWebhooks, parallelPortals } from './attachment';
import { checkAttachable, findPortals, findPortalsWith } from './portals';
import { checkReachable, isReachable } from './reachability';
import { removeWebhook } from './removeWebhook';
import type { EnsuredWebhook, WebhookRequest } from './webhooks';
import { ensureWebhook, findWebhooks, isAsWanted, WebhooksUnavailableError } from './webhooks';

/** What {@link setUp} created in MASV: everything {@link takeDown} needs to undo it. */
export interface Subscription {
	webhookId: string;
	/** Sent with every event, see `secretHeader`. */
	secret: string;
	/** Portals the webhook was attached to. */
	portalIds: string[];
}

/** The subscription that the user wants. */
export interface WantedSubscription {
	/** Where events are sent. */
	url: string;
	/** Label in MASV. */
	name: string;
	/** Names such as `package.finalized`. */
	events: string[];
	/** Portals to receive events from. Undefined: all. */
	portalIds: string[] | undefined;
	/** Whether to update portals even if that loses their password. */
	mayLosePasswords: boolean;
}

/** Whether everything is as wanted: the webhook itself, and the portals it is attached to. */
export async function isSetUp(
	client: MasvClient,
	wanted: WantedSubscription,
	subscription: Subscription | undefined,
): Promise<boolean> {
	if (subscription === undefined) return false;
	const mine = await findWebhooks(client, wanted.url, subscription.webhookId);
	const [webhook, ...spare] = mine ?? [];
	if (webhook?.id !== subscription.webhookId || spare.length > 0) return false;
	if (!isAsWanted(webhook, toRequest(wanted, subscription.secret))) return false;
	const portals = await findPortals(client, wanted.portalIds);
	const isSame =
		portals.length === subscription.portalIds.length &&
		portals.every((portal) => subscription.portalIds.includes(portal.id));
	return isSame && portals.every((portal) => attachedWebhooks(portal).includes(subscription.webhookId));
}

/**
 * The secret of a webhook. Derived, because what is stored may be lost: n8n keeps one text for all nodes of a workflow, and another
 * trigger that has run since before writes back what it has read then.
 */
export function webhookSecret(client: MasvClient, url: string): string {
	return client.derivedSecret(['webhook', url]);
}

/**
 * Creates or repairs the webhook and attaches it to exactly these portals. If that fails, undoes what this call has
 * done.
 * @param earlier what an earlier call created for the same purpose
 * @throws MasvInputError, MasvApiError, MasvConnectionError
 */
export async function setUp(
	client: MasvClient,
	wanted: WantedSubscription,
	earlier: Subscription | undefined,
): Promise<Subscription> {
	checkReachable(client, wanted.url);
	const portals = await findPortals(client, wanted.portalIds);
	await checkAttachable(client, portals, earlier?.webhookId, wanted);
	const secret = earlier?.secret ?? webhookSecret(client, wanted.url);
	const webhook = await ensureWebhook(client, toRequest(wanted, secret), earlier?.webhookId);
	await attachToThese(client, webhook, portals, earlier, wanted);
	return { webhookId: webhook.id, secret, portalIds: portals.map((portal) => portal.id) };
}

/**
 * Attaches a webhook to these portals and detaches it from those no longer wanted; undoes its own changes if that
 * fails.
 */
async function attachToThese(
	client: MasvClient,
	{ id, isNew, deletedIds }: EnsuredWebhook,
	portals: Portal[],
	earlier: Subscription | undefined,
	{ mayLosePasswords }: WantedSubscription,
): Promise<void> {
	const formerIds = [...deletedIds, ...(earlier === undefined || earlier.webhookId === id ? [] : [earlier.webhookId])];
	const unwanted = (earlier?.portalIds ?? []).filter((portalId) => portals.every((portal) => portal.id !== portalId));
	const touched: string[] = [];
	try {
		await mapParallel(portals, parallelPortals, async (portal) => {
			const onUpdate = (): void => void touched.push(portal.id);
			await attachWebhook(client, portal.id, id, { formerIds, mayLosePasswords, onUpdate });
		});
		await mapParallel(unwanted, parallelPortals, async (portalId) => {
			await detachWebhooks(client, portalId, [id, ...formerIds], { mayLosePasswords });
		});
	} catch (error) {
		const left = await removeWebhook(client, id, { portalIds: touched, shouldDelete: isNew, mayLosePasswords });
		if (left.length > 0 && error instanceof MasvError) {
			error.cause ??= left[0];
			error.addHint(`Webhook ${id} may still be attached to portals; check this in MASV.`);
		}
		throw error;
	}
}

/**
 * Undoes what {@link setUp} did. Everything is tried, then the first failure is thrown; calling again continues.
 * @throws MasvError
 */
export async function takeDown(
	client: MasvClient,
	{ url, mayLosePasswords }: Pick<WantedSubscription, 'url' | 'mayLosePasswords'>,
	subscription: Subscription | undefined,
): Promise<void> {
	// The caller may also clean up after a failed activation. For a URL that MASV cannot reach, nothing was ever created.
	if (subscription === undefined && !isReachable(client, url)) return;
	const stored = subscription?.webhookId;
	const found = await lookUpIds(client, url).catch((error: unknown) => {
		if (stored === undefined) throw error;
		return [];
	});
	const ids = stored === undefined ? found : [stored, ...found.filter((id) => id !== stored)];
	const portalsOf = async (id: string): Promise<string[]> =>
		subscription !== undefined && id === stored ? subscription.portalIds : await findPortalsWith(client, id);
	const failures: unknown[] = [];
	for (const id of ids) {
		const portalIds = await portalsOf(id).catch((error: unknown) => {
			failures.push(error);
			return [];
		});
		failures.push(...(await removeWebhook(client, id, { portalIds, shouldDelete: true, mayLosePasswords })));
	}
	if (failures.length > 0) throw failures[0];
}

/** If nothing is stored, or something old, the node was renamed or its data lost. Every webhook with our URL is ours. */
async function lookUpIds(client: MasvClient, url: string): Promise<string[]> {
	try {
		return ((await findWebhooks(client, url, undefined)) ?? []).map(({ id }) => id);
	} catch (error) {
		// Without webhooks, nothing was ever created.
		if (error instanceof WebhooksUnavailableError) return [];
		throw error;
	}
}

function toRequest({ name, url, events }: WantedSubscription, secret: string): WebhookRequest {
	return { name, url, events, secret };
}
