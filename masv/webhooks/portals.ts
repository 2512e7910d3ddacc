import type { MasvClient } from '../client';
import { findPortal, readPortals } from '../portals/portals';
import { PortalNotFoundError } from '../portals/update';
import { attachedWebhooks, toPortalUpdate, wouldLosePassword } from '../portals/wholePortal';
import type { Portal } from '../schemas';
import type { ChangeOptions } from './attachment';
import { passwordsWouldBeLost } from './attachment';

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
export function checkAttachable(
	portals: Portal[],
	webhookId: string | undefined,
	{ mayLosePasswords }: ChangeOptions,
): void {
	if (!mayLosePasswords) checkPasswords(portals, webhookId);
	for (const portal of portals) toPortalUpdate(portal, { custom_webhooks: [] });
}

/** A portal that already has our webhook needs no update, so it loses nothing. */
function checkPasswords(portals: Portal[], webhookId: string | undefined): void {
	const losing = portals.filter(
		(portal) => wouldLosePassword(portal) && !attachedWebhooks(portal).includes(webhookId ?? ''),
	);
	if (losing.length > 0) throw passwordsWouldBeLost(losing);
}
