import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { path } from '../path';
import { fiveSecondsOfOutage } from '../retry';
import { oneAtATime } from '../transfer/oneAtATime';
import { untilSettled } from '../transfer/untilSettled';
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
 * Reads, changes, writes and reads again, one at a time: docs/masv-api.md#updating-a-portal
 * @returns the portal as it was read last
 * @throws PortalNotFoundError, MasvError, MasvApiError, MasvConnectionError
 */
export async function updatePortal(client: MasvClient, portalId: string, update: PortalUpdate): Promise<WholePortal> {
	const facts = ['portal', client.baseUrl, portalId];
	return await oneAtATime(client, facts, async (guarded) => await readAndWrite(guarded, portalId, update));
}

async function readAndWrite(
	client: MasvClient,
	portalId: string,
	{ action, change, beforeUpdate, field }: PortalUpdate,
): Promise<WholePortal> {
	let before: string | undefined;
	const read = async (): Promise<WholePortal | undefined> => await findPortalAs(wholePortalSchema, client, portalId);
	for (let updates = 0; ; updates++) {
		// What is read may be behind what was written by a moment. Writing again at once would be in vain.
		const portal = await untilSettled(client, fiveSecondsOfOutage, read, (found) =>
			before !== undefined && JSON.stringify(found) === before ? 'behind' : 'settled',
		);
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
		before = JSON.stringify(portal);
		await client.call({
			operation: `${action} portal "${name}"`,
			method: 'PUT',
			path: path`/v1/portals/${portalId}`,
			body: toPortalUpdate(portal, changes),
		});
	}
}
