import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { NoSuchPortalError, updatePortal } from '../portals/update';
import type { PortalChanges, WholePortal } from '../portals/wholePortal';
import { nameOf, readAttachedWebhooks, wouldLosePassword } from '../portals/wholePortal';

/** A team may have hundreds of portals, and n8n gives up on an activation after 84 seconds. */
export const parallelPortals = 6;

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
	await updatePortal(client, portalId, {
		what: 'attach the webhook to',
		change: (portal) => {
			const attached = readAttachedWebhooks(portal);
			const others = attached.filter((id) => id !== webhookId && !options.formerIds.includes(id));
			const isRight = attached.length === others.length + 1 && attached.includes(webhookId);
			return isRight ? undefined : toChanges([...others, webhookId]);
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
		await updatePortal(client, portalId, {
			what: 'take the webhook from',
			change: (portal) => {
				const attached = readAttachedWebhooks(portal);
				const others = attached.filter((id) => !webhookIds.includes(id));
				return others.length === attached.length ? undefined : toChanges(others);
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

function toChanges(webhookIds: string[]): PortalChanges {
	return { custom_webhooks: webhookIds.map((id) => ({ id })) };
}
