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

const attachedSchema = z
	.array(z.union([z.string().min(1), z.looseObject({ id: z.string().min(1) }).transform(({ id }) => id)]))
	.nullish();
const membersSchema = z
	.array(
		z.union([z.string(), z.looseObject({ membership_id: z.string() }).transform((member) => member.membership_id)]),
	)
	.nullish();
const teamspaceSchema = z.looseObject({ id: z.string().optional() }).nullish();

/** The webhooks that are attached to a portal, as far as they can be read. */
export function attachedWebhooks(portal: WholePortal): string[] {
	return attachedSchema.safeParse(portal.custom_webhooks).data ?? [];
}

/** @throws MasvError where to guess could take something from the portal */
function readField<T>(portal: WholePortal, field: string, schema: z.ZodType<T>): T {
	const { data, success } = schema.safeParse(portal[field]);
	if (success) return data;
	throw new MasvError(`MASV gives "${field}" of portal "${nameOf(portal)}" in a form that it does not document`, {
		hint: 'A webhook is attached by an update of the whole portal, and that could lose something. Nothing was changed. Choose other portals, or use the MASV Polling Trigger, which changes nothing.',
	});
}

/**
 * The body of an update that changes nothing but the webhooks. MASV takes what is left out as not wanted, so it is the
 * whole portal, with what answers and requests spell differently put right: "Get Portal > Modify Fields > Update Portal"
 * (MASV docs, Portals) alone would take a portal out of its Teamspace.
 * @throws MasvError for a portal that cannot be written back as it is
 */
export function toPortalUpdate(portal: WholePortal, webhookIds: string[]): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(portal)) {
		if (value !== null && value !== undefined && ![...readOnlyKeys, ...untouchedKeys].includes(key)) body[key] = value;
	}
	const members = readField(portal, 'access_list', membersSchema);
	if (members) body.access_list = members;
	const teamspaceId = readField(portal, 'teamspace', teamspaceSchema)?.id;
	if (teamspaceId !== undefined && teamspaceId !== '') body.teamspace_id = teamspaceId;
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

/** Refuses an update that would lose a password. @param advice what else there is to do */
export function passwordsWouldBeLost(portals: WholePortal[], advice: string): MasvInputError {
	const names = portals.map((portal) => `"${nameOf(portal)}"`).join(', ');
	return new MasvInputError(
		`A webhook is attached and detached by an update of the whole portal, and MASV does not tell the password of ${names}`,
		{ field: 'Portals', hint: `The update could take the password away. ${advice}` },
	);
}

export const adviceOnAttaching =
	'Choose other portals, use the MASV Polling Trigger, which changes nothing, or switch on the option Update Portals with Passwords and set the password again in MASV afterwards.';

export interface ChangeOptions {
	/** Whether the portal may be updated although it loses a password by that. */
	mayLosePasswords: boolean;
}

/**
 * Attaches a webhook to a portal, beside those that are attached already.
 * @param options.formerIds webhooks of ours that are gone: MASV need not take an update that still names them
 * @param options.onUpdate told before the portal is written to: from then on there may be something to undo
 * @throws MasvInputError when there is no such portal, or it would lose a password
 */
export async function attachWebhook(
	client: MasvClient,
	portalId: string,
	webhookId: string,
	options: ChangeOptions & { formerIds: string[]; onUpdate: () => void },
): Promise<void> {
	await changeWebhooks(client, portalId, {
		what: 'attach the webhook to',
		change: (attached) => {
			const others = attached.filter((id) => id !== webhookId && !options.formerIds.includes(id));
			const isRight = attached.length === others.length + 1 && attached.includes(webhookId);
			return isRight ? undefined : [...others, webhookId];
		},
		beforeUpdate: (portal) => {
			if (!options.mayLosePasswords && wouldLosePassword(portal)) {
				throw passwordsWouldBeLost([portal], adviceOnAttaching);
			}
			options.onUpdate();
		},
	});
}

/** Takes webhooks from a portal, and no others. A portal that is gone has none. */
export async function detachWebhooks(
	client: MasvClient,
	portalId: string,
	webhookIds: string[],
	{ mayLosePasswords }: ChangeOptions,
): Promise<void> {
	try {
		await changeWebhooks(client, portalId, {
			what: 'take the webhook from',
			change: (attached) => {
				const others = attached.filter((id) => !webhookIds.includes(id));
				return others.length === attached.length ? undefined : others;
			},
			beforeUpdate: (portal) => {
				if (mayLosePasswords || !wouldLosePassword(portal)) return;
				throw passwordsWouldBeLost([portal], `Take the webhook ${webhookIds[0]} from this portal in MASV.`);
			},
		});
	} catch (error) {
		const isGone = error instanceof NoSuchPortalError || (error instanceof MasvApiError && error.status === 404);
		if (!isGone) throw error;
	}
}

/** Updates of one portal, one after the other: each is made from what the one before has left. */
const underWay = new Map<string, Promise<unknown>>();

/** How often somebody else may change the same portal in the same moment. */
const maxUpdates = 4;

interface PortalChange {
	/** As people say it, before the name of the portal. */
	what: string;
	/** What should be attached instead; undefined: all is as it should be. */
	change: (attached: string[]) => string[] | undefined;
	/** May refuse. */
	beforeUpdate: (portal: WholePortal) => void;
}

/** Reads, changes, writes and looks again: MASV knows no conditional update, and the last writer wins. */
async function changeWebhooks(
	client: MasvClient,
	portalId: string,
	{ what, change, beforeUpdate }: PortalChange,
): Promise<void> {
	const key = `${client.baseUrl}/${portalId}`;
	const task = (underWay.get(key) ?? Promise.resolve()).then(async () => {
		for (let updates = 0; ; updates++) {
			const portal = await findPortalAs(wholePortalSchema, client, portalId);
			if (portal === undefined) throw new NoSuchPortalError(portalId);
			const name = nameOf(portal);
			const changed = change(readField(portal, 'custom_webhooks', attachedSchema) ?? []);
			if (changed === undefined) return;
			if (updates >= maxUpdates) {
				throw new MasvError(`Could not ${what} portal "${name}". MASV took the update and forgot it`, {
					hint: 'Somebody else may be changing this portal. Try again.',
				});
			}
			beforeUpdate(portal);
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
		await task;
	} finally {
		if (underWay.get(key) === settled) underWay.delete(key);
	}
}

function ignore(): void {
	// Who waits for its turn does not care how the one before has fared.
}

function nameOf({ id, name }: WholePortal): string {
	return typeof name === 'string' ? name : id;
}

export class NoSuchPortalError extends MasvInputError {
	constructor(portalId: string) {
		super(`There is no portal ${portalId}`, {
			field: 'Portals',
			hint: 'It may have been deleted, or the user of the API key may not see it. Choose another.',
		});
	}
}
