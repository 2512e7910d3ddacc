import { randomBytes } from 'node:crypto';

import type { IHookFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../masv/client';
import { MasvError, MasvInputError } from '../../masv/errors';
import { isLocalAddress } from '../../masv/localAddress';
import {
	attachWebhook,
	attachedWebhooks,
	detachWebhooks,
	noSuchPortal,
	wouldLosePassword,
} from '../../masv/portalWebhooks';
import { findPortal, readPortals } from '../../masv/portals';
import type { Portal } from '../../masv/schemas';
import type { WebhookRequest } from '../../masv/webhooks';
import { deleteWebhook, ensureWebhook, findWebhooks, isAsWanted } from '../../masv/webhooks';

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

export function readSetup(n8n: Pick<IHookFunctions, 'getWorkflowStaticData'>, isTest: boolean): Setup | undefined {
	const { setup } = n8n.getWorkflowStaticData('node') as { setup?: Setup };
	return setup?.isTest === isTest ? setup : undefined;
}

export function writeSetup(n8n: Pick<IHookFunctions, 'getWorkflowStaticData'>, setup: Setup | undefined): void {
	const data = n8n.getWorkflowStaticData('node');
	if (setup === undefined) delete data.setup;
	else data.setup = setup;
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
	const secret = earlier?.secret ?? randomBytes(32).toString('hex');
	const { id, isNew } = await ensureWebhook(client, toRequest(wanted, secret), earlier?.webhookId);
	const formerId = earlier?.webhookId === id ? undefined : earlier?.webhookId;
	const touched: string[] = [];
	try {
		for (const portal of portals) {
			// Beforehand: a failure does not tell whether the update was made all the same.
			touched.push(portal.id);
			const isNewHere = await attachWebhook(client, portal.id, id, formerId);
			if (!isNewHere) touched.pop();
		}
		for (const portalId of earlier?.portalIds ?? []) {
			const isWanted = portals.some((portal) => portal.id === portalId);
			if (!isWanted) await detachWebhooks(client, portalId, [id, earlier?.webhookId ?? id]);
		}
	} catch (error) {
		throw await rollBack(client, { webhookId: id, isNew, portalIds: touched }, error);
	}
	return { webhookId: id, secret, portalIds: portals.map((portal) => portal.id) };
}

/** Undoes what {@link setUp} did. Every portal is tried; the first failure is thrown, and calling again goes on. */
export async function takeDown(client: MasvClient, url: string, setup: Setup | undefined): Promise<void> {
	// n8n tidies up after an activation that was refused, too; for such an address nothing was ever made.
	if (setup === undefined && !isReachable(client, url)) return;
	const ids = setup === undefined ? await lookUpIds(client, url) : [setup.webhookId];
	const failures: unknown[] = [];
	for (const id of ids) {
		for (const portalId of setup?.portalIds ?? (await portalsWith(client, id))) {
			await detachWebhooks(client, portalId, [id]).catch((error: unknown) => failures.push(error));
		}
		if (failures.length === 0) await deleteWebhook(client, id);
	}
	if (failures.length > 0) throw failures[0];
}

async function rollBack(
	client: MasvClient,
	{ webhookId, isNew, portalIds }: { webhookId: string; isNew: boolean; portalIds: string[] },
	first: unknown,
): Promise<unknown> {
	try {
		for (const portalId of portalIds) await detachWebhooks(client, portalId, [webhookId]);
		if (isNew) await deleteWebhook(client, webhookId);
	} catch (second) {
		if (first instanceof MasvError) {
			first.cause ??= second;
			first.addHint(`Webhook ${webhookId} may still be attached to portals: look for it in MASV.`);
		}
	}
	return first;
}

/** When nothing is remembered, the node was renamed or its data is lost: whatever sends to our URL is ours. */
async function lookUpIds(client: MasvClient, url: string): Promise<string[]> {
	return ((await findWebhooks(client, url, undefined)) ?? []).map(({ id }) => id);
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
		if (portal === undefined) throw noSuchPortal(portalId);
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
	if (losing.length === 0) return;
	const names = losing.map((portal) => `"${portal.name ?? portal.id}"`).join(', ');
	throw new MasvInputError(
		`A webhook is attached by an update of the whole portal, and MASV does not tell the password of ${names}`,
		{
			field: 'Portals',
			hint: 'The update could take the password away. Choose other portals, use the MASV Polling Trigger, which changes nothing, or switch on the option Update Portals with Passwords and set the password again in MASV afterwards.',
		},
	);
}
