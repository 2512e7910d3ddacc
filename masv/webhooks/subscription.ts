import pLimit from 'p-limit';

import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { isLocalAddress } from './localAddress';
import { adviceOnAttaching, attachWebhook, detachWebhooks, passwordsWouldBeLost } from './attachment';
import { findPortal, readPortals } from '../portals/portals';
import type { Portal } from '../schemas';
import type { WebhookRequest } from './webhooks';
import { deleteWebhook, ensureWebhook, findWebhooks, isAsWanted, WebhooksUnavailableError } from './webhooks';
import { NoSuchPortalError } from '../portals/update';
import { attachedWebhooks, toPortalUpdate, wouldLosePassword } from '../portals/wholePortal';

/** What activation has done, in the node's static data: all that deactivation needs to undo it. */
export interface Setup {
	webhookId: string;
	secret: string;
	/** Portals that the webhook was attached to. */
	portalIds: string[];
	/** Listening for a test event has a webhook of its own. */
	isTest: boolean;
}

/** What the node's fields ask for. */
export interface Wanted {
	url: string;
	name: string;
	events: string[];
	/** Undefined: all. */
	portalIds: string[] | undefined;
	/** Whether portals may be updated that lose a password by it. */
	mayLosePasswords: boolean;
}

/** Whether everything is as wanted: the webhook itself, and where it is attached. */
export async function isSetUp(client: MasvClient, wanted: Wanted, setup: Setup | undefined): Promise<boolean> {
	if (setup === undefined) return false;
	const mine = await findWebhooks(client, wanted.url, setup.webhookId);
	const [webhook, ...spare] = mine ?? [];
	if (webhook?.id !== setup.webhookId || spare.length > 0) return false;
	if (!isAsWanted(webhook, toRequest(wanted, setup.secret))) return false;
	const portals = await findWantedPortals(client, wanted);
	const isSame =
		portals.length === setup.portalIds.length && portals.every((portal) => setup.portalIds.includes(portal.id));
	return isSame && portals.every((portal) => attachedWebhooks(portal).includes(setup.webhookId));
}

/**
 * Creates or repairs the webhook and attaches it to the portals, and to no others. When it fails, what this call has done is
 * undone.
 * @throws MasvInputError, MasvApiError, MasvConnectionError
 */
export async function setUp(
	client: MasvClient,
	wanted: Wanted,
	earlier: Setup | undefined,
): Promise<Omit<Setup, 'isTest'>> {
	checkReachable(client, wanted.url);
	const portals = await findWantedPortals(client, wanted);
	if (!wanted.mayLosePasswords) checkPasswords(portals, earlier?.webhookId);
	// What cannot be written back shows here, when nothing has been made yet.
	for (const portal of portals) toPortalUpdate(portal, { custom_webhooks: [] });
	const secret = earlier?.secret ?? client.hashing.randomHex(32);
	const { id, isNew, deletedIds } = await ensureWebhook(client, toRequest(wanted, secret), earlier?.webhookId);
	const formerIds = [...deletedIds, ...(earlier === undefined || earlier.webhookId === id ? [] : [earlier.webhookId])];
	const touched: string[] = [];
	const { mayLosePasswords } = wanted;
	try {
		await forEachAtOnce(portals, async (portal) => {
			const onUpdate = (): void => void touched.push(portal.id);
			await attachWebhook(client, portal.id, id, { formerIds, mayLosePasswords, onUpdate });
		});
		const unwanted = (earlier?.portalIds ?? []).filter((portalId) => portals.every((portal) => portal.id !== portalId));
		await forEachAtOnce(unwanted, async (portalId) => {
			await detachWebhooks(client, portalId, [id, ...formerIds], { mayLosePasswords });
		});
	} catch (error) {
		const left = await remove(client, id, { portalIds: touched, isToBeDeleted: isNew, mayLosePasswords });
		if (left.length > 0 && error instanceof MasvError) {
			error.cause ??= left[0];
			error.addHint(`Webhook ${id} may still be attached to portals: look for it in MASV.`);
		}
		throw error;
	}
	return { webhookId: id, secret, portalIds: portals.map((portal) => portal.id) };
}

/**
 * Undoes what {@link setUp} did. Everything is tried; the first failure is thrown, and calling again goes on.
 * @throws MasvError
 */
export async function takeDown(
	client: MasvClient,
	{ url, mayLosePasswords }: Pick<Wanted, 'url' | 'mayLosePasswords'>,
	setup: Setup | undefined,
): Promise<void> {
	// n8n tidies up after an activation that was refused, too; for such an address nothing was ever made.
	if (setup === undefined && !isReachable(client, url)) return;
	const ids = setup === undefined ? await lookUpIds(client, url) : [setup.webhookId];
	const failures: unknown[] = [];
	for (const id of ids) {
		const portalIds = setup?.portalIds ?? (await portalsWith(client, id));
		failures.push(...(await remove(client, id, { portalIds, isToBeDeleted: true, mayLosePasswords })));
	}
	if (failures.length > 0) throw failures[0];
}

/**
 * Takes a webhook from portals and deletes it, whatever fails on the way: one that is left active goes on sending.
 * @returns what has failed and matters
 */
async function remove(
	client: MasvClient,
	webhookId: string,
	options: { portalIds: string[]; isToBeDeleted: boolean; mayLosePasswords: boolean },
): Promise<unknown[]> {
	const failures = new Map<string, unknown>();
	await forEachAtOnce(options.portalIds, async (portalId) => {
		await detachWebhooks(client, portalId, [webhookId], options).catch((error: unknown) =>
			failures.set(portalId, error),
		);
	});
	if (options.isToBeDeleted) {
		try {
			await deleteWebhook(client, webhookId);
		} catch (error) {
			return [...failures.values(), error];
		}
		// MASV does not say whether a webhook that is deleted is taken from its portals.
		for (const portalId of [...failures.keys()]) {
			if (!(await mayBeAttached(client, portalId, webhookId))) failures.delete(portalId);
		}
	}
	return [...failures.values()];
}

async function mayBeAttached(client: MasvClient, portalId: string, webhookId: string): Promise<boolean> {
	try {
		const portal = await findPortal(client, portalId);
		return portal !== undefined && attachedWebhooks(portal).includes(webhookId);
	} catch {
		return true;
	}
}

/** A team may have hundreds of portals, and n8n gives up on an activation after 84 seconds. */
const parallelPortals = 6;

/** Begins nothing more after a failure, and waits for what is under way. @throws the first failure */
async function forEachAtOnce<T>(items: T[], task: (item: T) => Promise<void>): Promise<void> {
	const limit = pLimit(parallelPortals);
	let failure: { error: unknown } | undefined;
	const run = async (item: T): Promise<void> => {
		if (failure !== undefined) return;
		await task(item).catch((error: unknown) => (failure ??= { error }));
	};
	await Promise.all(items.map(async (item) => await limit(run, item)));
	if (failure !== undefined) throw failure.error;
}

/** When nothing is remembered, the node was renamed or its data is lost: whatever sends to our URL is ours. */
async function lookUpIds(client: MasvClient, url: string): Promise<string[]> {
	try {
		return ((await findWebhooks(client, url, undefined)) ?? []).map(({ id }) => id);
	} catch (error) {
		// Then nothing was ever made.
		if (error instanceof WebhooksUnavailableError) return [];
		throw error;
	}
}

async function portalsWith(client: MasvClient, webhookId: string): Promise<string[]> {
	const ids: string[] = [];
	for await (const portal of readPortals(client, {})) {
		if (attachedWebhooks(portal).includes(webhookId)) ids.push(portal.id);
	}
	return ids;
}

function toRequest({ name, url, events }: Wanted, secret: string): WebhookRequest {
	return { name, url, events, secret };
}

async function findWantedPortals(client: MasvClient, { portalIds }: Wanted): Promise<Portal[]> {
	const portals: Portal[] = [];
	if (portalIds === undefined) {
		for await (const portal of readPortals(client, {})) portals.push(portal);
		return portals;
	}
	for (const portalId of new Set(portalIds)) {
		const portal = await findPortal(client, portalId);
		if (portal === undefined) throw new NoSuchPortalError(portalId);
		portals.push(portal);
	}
	return portals;
}

function checkReachable(client: MasvClient, url: string): void {
	if (isReachable(client, url)) return;
	throw new MasvInputError(`MASV cannot reach ${new URL(url).host}, the address of this n8n`, {
		field: 'N8N_WEBHOOK_URL',
		hint: 'Set the environment variable N8N_WEBHOOK_URL (older versions of n8n: WEBHOOK_URL) to the address of n8n in the internet, or use the MASV Polling Trigger, which needs none.',
	});
}

/** Whether MASV can reach an address of this n8n: a sandbox beside it can reach a local one. */
function isReachable(client: MasvClient, url: string): boolean {
	return !isLocalAddress(url) || isLocalAddress(client.baseUrl);
}

/** A portal that has our webhook already needs no update, and loses nothing. */
function checkPasswords(portals: Portal[], webhookId: string | undefined): void {
	const losing = portals.filter(
		(portal) => wouldLosePassword(portal) && !attachedWebhooks(portal).includes(webhookId ?? ''),
	);
	if (losing.length > 0) throw passwordsWouldBeLost(losing, adviceOnAttaching);
}
