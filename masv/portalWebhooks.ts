import { z } from 'zod';

import type { MasvClient } from './client';
import { MasvApiError, MasvError, MasvInputError } from './errors';
import { path } from './path';
import { findPortalAs } from './portals';

/** Keys of a portal that MASV's answers hold and its updates do not take (MASV docs, Portals, BODY and response tables). */
const readOnlyKeys = ['id', 'team_id', 'created_at', 'updated_at', 'teamspace'];

/**
 * Storage connections are left alone unless `configure_cloud_connections` is sent, and their answer holds more than a
 * request takes.
 */
const untouchedKeys = ['cloud_connections', 'configure_cloud_connections'];

/** A portal with everything that MASV tells of it, as it stands. */
const wholePortalSchema = z.looseObject({ id: z.string().min(1) });
type WholePortal = z.infer<typeof wholePortalSchema>;

const attachedSchema = z.array(z.looseObject({ id: z.string().min(1) })).nullish();
const membersSchema = z.array(z.union([z.string(), z.looseObject({ membership_id: z.string() })])).nullish();
const teamspaceSchema = z.looseObject({ id: z.string() }).nullish();

/** The webhooks that are attached to a portal. */
export function attachedWebhooks(portal: WholePortal): string[] {
	return (attachedSchema.parse(portal.custom_webhooks) ?? []).map(({ id }) => id);
}

/**
 * The body of an update that changes nothing but the webhooks. MASV takes what is left out as not wanted, so it is the
 * whole portal, with what answers and requests spell differently put right: "Get Portal > Modify Fields > Update Portal"
 * (MASV docs, Portals) alone would take a portal out of its Teamspace.
 */
export function toPortalUpdate(portal: WholePortal, webhookIds: string[]): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(portal)) {
		if (value !== null && value !== undefined && ![...readOnlyKeys, ...untouchedKeys].includes(key)) body[key] = value;
	}
	const members = membersSchema.parse(portal.access_list);
	if (members) {
		body.access_list = members.map((member) => (typeof member === 'string' ? member : member.membership_id));
	}
	const teamspace = teamspaceSchema.parse(portal.teamspace);
	if (teamspace) body.teamspace_id = teamspace.id;
	body.custom_webhooks = webhookIds.map((id) => ({ id }));
	return body;
}

/**
 * Whether an update would lose a password of the portal. MASV's answers do not hold them (no sample in its documentation
 * does), and an update "must" hold them while they are switched on.
 */
export function wouldLosePassword(portal: WholePortal): boolean {
	const isUnknown = (value: unknown): boolean => typeof value !== 'string' || value === '' || /^\*+$/.test(value);
	return (
		(portal.has_access_code === true && isUnknown(portal.access_code)) ||
		(portal.has_download_password === true && isUnknown(portal.download_password))
	);
}

/**
 * Attaches a webhook to a portal, beside those that are attached already.
 * @param formerId a webhook of ours that is gone: MASV need not take an update that still names it
 * @returns whether it was not attached before
 * @throws MasvInputError when there is no such portal
 */
export async function attachWebhook(
	client: MasvClient,
	portalId: string,
	webhookId: string,
	formerId?: string,
): Promise<boolean> {
	return await changeWebhooks(client, portalId, 'attach the webhook to', (attached) => {
		const others = attached.filter((id) => id !== webhookId && id !== formerId);
		return attached.length === others.length + 1 && attached.includes(webhookId) ? undefined : [...others, webhookId];
	});
}

/** Takes webhooks from a portal, and no others. A portal that is gone has none. */
export async function detachWebhooks(client: MasvClient, portalId: string, webhookIds: string[]): Promise<void> {
	try {
		await changeWebhooks(client, portalId, 'take the webhook from', (attached) => {
			const others = attached.filter((id) => !webhookIds.includes(id));
			return others.length === attached.length ? undefined : others;
		});
	} catch (error) {
		const isGone = error instanceof MasvInputError || (error instanceof MasvApiError && error.status === 404);
		if (!isGone) throw error;
	}
}

/** Updates of one portal, one after the other: each is made from what the one before has left. */
const underWay = new Map<string, Promise<unknown>>();

/** How often somebody else may change the same portal in the same moment. */
const maxUpdates = 4;

/** Reads, changes, writes and looks again: MASV knows no conditional update, and the last writer wins. */
async function changeWebhooks(
	client: MasvClient,
	portalId: string,
	what: string,
	change: (attached: string[]) => string[] | undefined,
): Promise<boolean> {
	const key = `${client.baseUrl}/${portalId}`;
	const task = (underWay.get(key) ?? Promise.resolve()).then(async () => {
		for (let updates = 0; ; updates++) {
			const portal = await findPortalAs(wholePortalSchema, client, portalId);
			if (portal === undefined) throw noSuchPortal(portalId);
			const name = typeof portal.name === 'string' ? portal.name : portalId;
			const changed = change(attachedWebhooks(portal));
			if (changed === undefined) return updates > 0;
			if (updates >= maxUpdates) {
				throw new MasvError(`Could not ${what} portal "${name}". MASV took the update and forgot it`, {
					hint: 'Somebody else may be changing this portal. Try again.',
				});
			}
			await client.call({
				operation: `${what} portal "${name}"`,
				method: 'PUT',
				path: path`/v1/portals/${portalId}`,
				body: toPortalUpdate(portal, changed),
			});
		}
	});
	const settled = task.then(ignore, ignore);
	underWay.set(key, settled);
	try {
		return await task;
	} finally {
		if (underWay.get(key) === settled) underWay.delete(key);
	}
}

function ignore(): void {
	// Who waits for its turn does not care how the one before has fared.
}

export function noSuchPortal(portalId: string): MasvInputError {
	return new MasvInputError(`There is no portal ${portalId}`, {
		field: 'Portals',
		hint: 'It may have been deleted, or the user of the API key may not see it. Choose another.',
	});
}
