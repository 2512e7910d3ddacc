import { isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import { createOnce } from '../createOnce';
import type { Deletion } from '../deleteOnce';
import { deleteOnce } from '../deleteOnce';
import { MasvInputError } from '../errors';
import { take } from '../pages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { noRetry } from '../retry';
import type { Portal } from '../schemas';
import { portalSchema } from '../schemas';
import { toPortalFields } from './portalFields';
import { readPortals } from './portals';
import type { PortalSettings } from './settings';

/** The settings of a new portal. The subdomain must not be taken, by any team. */
export type NewPortal = PortalSettings & { name: string; subdomain: string; active: boolean };

/**
 * Creates a portal. `POST /v1/teams/{team}/portals`, 201: docs/masv-api.md#creating-a-portal
 * @throws MasvInputError for settings that contradict each other or lack a part
 * @throws MasvConnectionError if the response was lost and no list can show what happened
 */
export async function createPortal(client: MasvClient, settings: NewPortal): Promise<Portal> {
	client.secrets.add(settings.uploadPassword);
	client.secrets.add(settings.downloadPassword);
	const { name, subdomain } = settings;
	const findSame = async (policy?: RetryPolicy): Promise<Portal[]> => {
		const similar = await take(readPortals(client, { subdomain }, policy), Infinity);
		return similar.filter((portal) => portal.subdomain?.toLowerCase() === subdomain.toLowerCase());
	};
	const call = {
		operation: 'create the portal',
		method: 'POST',
		path: path`/v1/teams/${client.teamId}/portals`,
		body: toPortalFields(settings),
		schema: portalSchema,
	} as const;
	try {
		return await createOnce(client, `the portal "${name}"`, call, findSame);
	} catch (error) {
		if (!isRefusedState(error)) throw error;
		const [same] = await findSame(noRetry).catch(() => []);
		throw same === undefined ? error : subdomainTaken(subdomain, same, error);
	}
}

/** An earlier run may have created it. */
function subdomainTaken(subdomain: string, { id, name = id }: Portal, cause: unknown): MasvInputError {
	return new MasvInputError(`The team already has a portal with the subdomain "${subdomain}": "${name}" (ID ${id})`, {
		code: 'portal_subdomain_taken',
		field: 'subdomain',
		cause,
	});
}

/** Deletes a portal; its packages remain. `DELETE /v1/portals/{portal}`, 204: docs/masv-api.md#deleting-a-portal */
export async function deletePortal(client: MasvClient, portalId: string): Promise<Deletion> {
	return await deleteOnce(client, portalId, {
		operation: `delete portal ${portalId}`,
		path: path`/v1/portals/${portalId}`,
	});
}
