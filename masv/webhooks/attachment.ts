import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { PortalNotFoundError, updatePortal } from '../portals/update';
import type { PortalChanges, WholePortal } from '../portals/wholePortal';
import { nameOf, readAttachedWebhooks, wouldLosePassword } from '../portals/wholePortal';
import type { MasvErrorCode } from '../errorCodes';

/**
 * Webhooks are attached to several portals at a time: a team may have hundreds, and n8n cancels an activation after
 * 84 seconds.
 */
export const parallelPortals = 6;

/** The error for an update that would lose passwords. @param hint what to do about it in MASV */
export function passwordsWouldBeLost(
	portals: WholePortal[],
	code: MasvErrorCode = 'portal_password_unreadable',
	hint = '',
): MasvInputError {
	const names = portals.map((portal) => `"${nameOf(portal)}"`).join(', ');
	return new MasvInputError(
		`Attaching or detaching a webhook updates the whole portal, and MASV does not return the password of ${names}`,
		{ code, field: 'portals', hint: `The update could remove the password. ${hint}`.trim() },
	);
}

export interface ChangeOptions {
	/** Whether to update the portal even if that loses its password. */
	mayLosePasswords: boolean;
}

/**
 * Attaches a webhook to a portal, in addition to those already attached.
 * @param options.formerIds our own deleted webhooks: MASV might reject an update that still names them
 * @param options.onUpdate called before the portal is written: from then on there may be something to undo
 * @throws MasvInputError if there is no such portal, or the update would lose a password
 */
export async function attachWebhook(
	client: MasvClient,
	portalId: string,
	webhookId: string,
	options: ChangeOptions & { formerIds: string[]; onUpdate: () => void },
): Promise<void> {
	await updatePortal(client, portalId, {
		action: 'attach the webhook to',
		change: (portal) => {
			const attached = readAttachedWebhooks(portal);
			const others = attached.filter((id) => id !== webhookId && !options.formerIds.includes(id));
			const isRight = attached.length === others.length + 1 && attached.includes(webhookId);
			return isRight ? undefined : toChanges([...others, webhookId]);
		},
		beforeUpdate: (portal) => {
			if (!options.mayLosePasswords && wouldLosePassword(portal)) {
				throw passwordsWouldBeLost([portal]);
			}
			options.onUpdate();
		},
	});
}

/**
 * Detaches these webhooks from a portal and leaves others attached. A portal that no longer exists counts as detached.
 */
export async function detachWebhooks(
	client: MasvClient,
	portalId: string,
	webhookIds: string[],
	{ mayLosePasswords }: ChangeOptions,
): Promise<void> {
	try {
		await updatePortal(client, portalId, {
			action: 'detach the webhook from',
			change: (portal) => {
				const attached = readAttachedWebhooks(portal);
				const others = attached.filter((id) => !webhookIds.includes(id));
				return others.length === attached.length ? undefined : toChanges(others);
			},
			beforeUpdate: (portal) => {
				if (mayLosePasswords || !wouldLosePassword(portal)) return;
				throw passwordsWouldBeLost(
					[portal],
					'webhook_not_detached',
					`Detach webhook ${webhookIds[0]} from this portal in MASV.`,
				);
			},
		});
	} catch (error) {
		if (!(error instanceof PortalNotFoundError) && !isGone(error)) throw error;
	}
}

function toChanges(webhookIds: string[]): PortalChanges {
	return { custom_webhooks: webhookIds.map((id) => ({ id })) };
}
