import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { path } from '../path';
import { createGuard } from '../transfer/guard';
import { waitForLease } from '../transfer/waitForLease';
import { findPortalAs } from './portals';
import type { PortalChanges, WholePortal } from './wholePortal';
import { nameOf, toPortalUpdate, wholePortalSchema } from './wholePortal';

export class PortalNotFoundError extends MasvInputError {
	/** @param field the parameter that contains the ID */
	constructor(portalId: string, field = 'portals', cause?: unknown) {
		super(`There is no portal ${portalId}`, {
			code: 'portal_not_found',
			field,
			hint: 'It may have been deleted, or the user of the API key may not have access to it.',
			cause,
		});
	}
}

/**
 * Does something with a portal that the user has named.
 * @throws PortalNotFoundError instead of MASV's 404, and whatever `work` throws
 */
export async function inPortal<T>(portalId: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw isGone(error) ? new PortalNotFoundError(portalId, 'portal', error) : error;
	}
}

/** Updates of the same portal run one after the other: each starts from the result of the previous one. */
const pendingUpdates = new Map<string, Promise<unknown>>();

/** How often an update may be repeated because someone else changed the same portal. */
const maxUpdates = 4;

export interface PortalUpdate {
	/** In plain words, followed by the name of the portal: "attach the webhook to". */
	action: string;
	/** What to change in the current portal; undefined if it is already as wanted. */
	change: (portal: WholePortal) => PortalChanges | undefined;
	/** Called before each write; throws to refuse it. */
	beforeUpdate?: (portal: WholePortal, changes: PortalChanges) => void;
	/** The parameter that contains the ID. Default: the portals of a trigger. */
	field?: string;
}

/**
 * Reads, changes, writes and reads again: MASV has no conditional update, so the last writer wins. One at a time in all
 * processes that share leases: a change that someone else writes between our reading and writing would be lost.
 * docs/masv-api.md#updating-a-portal
 * @returns the portal as it was read last
 * @throws PortalNotFoundError, MasvError, MasvApiError, MasvConnectionError
 */
export async function updatePortal(client: MasvClient, portalId: string, update: PortalUpdate): Promise<WholePortal> {
	const key = `${client.baseUrl}/${portalId}`;
	const task = (pendingUpdates.get(key) ?? Promise.resolve()).then(
		async () => await updateAlone(client, portalId, update),
	);
	const settled = task.then(ignore, ignore);
	pendingUpdates.set(key, settled);
	try {
		return await task;
	} finally {
		if (pendingUpdates.get(key) === settled) pendingUpdates.delete(key);
	}
}

async function updateAlone(client: MasvClient, portalId: string, update: PortalUpdate): Promise<WholePortal> {
	for (let times = 1; ; times++) {
		const key = client.leaseKey(['portal', client.baseUrl, portalId]);
		const lease = client.leases && (await waitForLease(client, client.leases, key));
		try {
			return await readAndWrite(client.withGuard(createGuard(lease, client.clock)), portalId, update);
		} catch (error) {
			// This process was frozen, and the portal may be another one now: it is read again.
			const isTakenOver = error instanceof MasvError && error.code === 'delivery_taken_over';
			if (!isTakenOver || times >= maxUpdates) throw error;
		} finally {
			await lease?.release();
		}
	}
}

async function readAndWrite(
	client: MasvClient,
	portalId: string,
	{ action, change, beforeUpdate, field }: PortalUpdate,
): Promise<WholePortal> {
	for (let updates = 0; ; updates++) {
		const portal = await findPortalAs(wholePortalSchema, client, portalId);
		if (portal === undefined) throw new PortalNotFoundError(portalId, field);
		const name = nameOf(portal);
		const changes = change(portal);
		if (changes === undefined) return portal;
		if (updates >= maxUpdates) {
			throw new MasvError(`Could not ${action} portal "${name}". MASV accepted the update but did not apply it`, {
				code: 'portal_update_ignored',
				hint: 'Someone else may be changing this portal. Try again.',
			});
		}
		beforeUpdate?.(portal, changes);
		await client.call({
			operation: `${action} portal "${name}"`,
			method: 'PUT',
			path: path`/v1/portals/${portalId}`,
			body: toPortalUpdate(portal, changes),
		});
	}
}

function ignore(): void {
	// The next update does not depend on the outcome of this one.
}
