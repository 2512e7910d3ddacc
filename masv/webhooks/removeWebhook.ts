import type { MasvClient } from '../client';
import { findPortalAs } from '../portals/portals';
import { attachedWebhooks, wholePortalSchema } from '../portals/wholePortal';
import { mapParallel } from '../workers';
import { detachWebhooks, parallelPortals } from './attachment';
import { deleteWebhook } from './webhooks';

/**
 * Detaches a webhook from portals and deletes it, continuing after failures: an active webhook would keep sending events.
 * @returns the failures that leave the webhook active or attached
 */
export async function removeWebhook(
	client: MasvClient,
	webhookId: string,
	options: { portalIds: string[]; shouldDelete: boolean; mayLosePasswords: boolean },
): Promise<unknown[]> {
	const failures = new Map<string, unknown>();
	await mapParallel(options.portalIds, parallelPortals, async (portalId) => {
		await detachWebhooks(client, portalId, [webhookId], options).catch((error: unknown) =>
			failures.set(portalId, error),
		);
	});
	if (options.shouldDelete) {
		try {
			await deleteWebhook(client, webhookId);
		} catch (error) {
			return [...failures.values(), error];
		}
		// MASV does not document whether deleting a webhook detaches it from its portals.
		for (const portalId of [...failures.keys()]) {
			if (!(await mayBeAttached(client, portalId, webhookId))) failures.delete(portalId);
		}
	}
	return [...failures.values()];
}

async function mayBeAttached(client: MasvClient, portalId: string, webhookId: string): Promise<boolean> {
	try {
		const portal = await findPortalAs(wholePortalSchema, client, portalId);
		return portal !== undefined && attachedWebhooks(portal).includes(webhookId);
	} catch {
		return true;
	}
}
