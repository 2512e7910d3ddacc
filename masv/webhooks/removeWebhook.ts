import type { MasvClient } from '../client';
import { findPortal } from '../portals/portals';
import { attachedWebhooks } from '../portals/wholePortal';
import { mapParallel } from '../workers';
import { detachWebhooks, parallelPortals } from './attachment';
import { deleteWebhook } from './webhooks';

/**
 * Takes a webhook from portals and deletes it, whatever fails on the way: one that is left active goes on sending.
 * @returns what has failed and matters
 */
export async function removeWebhook(
	client: MasvClient,
	webhookId: string,
	options: { portalIds: string[]; isToBeDeleted: boolean; mayLosePasswords: boolean },
): Promise<unknown[]> {
	const failures = new Map<string, unknown>();
	await mapParallel(options.portalIds, parallelPortals, async (portalId) => {
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
