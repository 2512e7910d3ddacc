import type { MasvClient } from '../client';
import { findPortal, findPortalAs, readPortals } from '../portals/portals';
import { PortalNotFoundError } from '../portals/update';
import { attachedWebhooks, toPortalUpdate, wholePortalSchema, wouldLosePassword } from '../portals/wholePortal';
import type { Portal } from '../schemas';
import { mapParallel } from '../workers';
import type { ChangeOptions } from './attachment';
import { parallelPortals, passwordsWouldBeLost } from './attachment';

/**
 * The portals with these IDs, or all portals of the team.
 * @throws PortalNotFoundError
 */
export async function findPortals(client: MasvClient, portalIds: string[] | undefined): Promise<Portal[]> {
	const portals: Portal[] = [];
	if (portalIds === undefined) {
		for await (const portal of readPortals(client, {})) portals.push(portal);
		return portals;
	}
	for (const portalId of new Set(portalIds)) {
		const portal = await findPortal(client, portalId);
		if (portal === undefined) throw new PortalNotFoundError(portalId);
		portals.push(portal);
	}
	return portals;
}

/** The IDs of the portals that a webhook is attached to. */
export async function findPortalsWith(client: MasvClient, webhookId: string): Promise<string[]> {
	const ids: string[] = [];
	for await (const portal of readPortals(client, {})) {
		if (attachedWebhooks(portal).includes(webhookId)) ids.push(portal.id);
	}
	return ids;
}

/**
 * Rejects portals that could not be updated, before anything is created.
 * @param webhookId the webhook that may already be attached
 * @throws MasvInputError, MasvError
 */
export async function checkAttachable(
	client: MasvClient,
	portals: Portal[],
	webhookId: string | undefined,
	{ mayLosePasswords }: ChangeOptions,
): Promise<void> {
	if (!mayLosePasswords) await checkPasswords(client, portals, webhookId);
	for (const portal of portals) toPortalUpdate(portal, { custom_webhooks: [] });
}

/** A portal that already has our webhook needs no update, so it loses nothing. */
async function checkPasswords(client: MasvClient, portals: Portal[], webhookId: string | undefined): Promise<void> {
	const losing = await mapParallel(portals.filter(wouldLosePassword), parallelPortals, async (portal) => {
		return webhookId !== undefined && (await isAttached(client, portal, webhookId)) ? [] : [portal];
	});
	if (losing.flat().length > 0) throw passwordsWouldBeLost(losing.flat());
}

/** MASV's sample of a list shows no webhooks, unlike those of a single portal: docs/masv-api.md#portal-object */
async function isAttached(client: MasvClient, listed: Portal, webhookId: string): Promise<boolean> {
	if (attachedWebhooks(listed).includes(webhookId)) return true;
	const whole = await findPortalAs(wholePortalSchema, client, listed.id);
	return whole !== undefined && attachedWebhooks(whole).includes(webhookId);
}
