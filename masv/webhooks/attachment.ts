import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { path } from '../path';
import { findPortalAs } from '../portals/portals';
import {
	wholePortalSchema,
	attachedSchema,
	readField,
	toPortalUpdate,
	wouldLosePassword,
	nameOf,
	NoSuchPortalError,
} from '../portals/update';
import type { WholePortal } from '../portals/update';

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
		if (!(error instanceof NoSuchPortalError) && !isGone(error)) throw error;
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
