import { isForbidden, isRefusedRoute, isUnauthorized } from '../answers';
import type { MasvClient } from '../client';
import type { Portal } from '../schemas';
import { undefinedIf } from '../undefinedIf';
import { toSubdomain } from './address';
import { fetchPublicPortal, readPortals } from './portals';

/**
 * The ID of the portal at a URL: of the team, from the list that MASV documents, or else of any team, by the route that
 * requires no key. docs/masv-api.md#portal-by-subdomain
 * @returns undefined if there is no such portal
 * @throws MasvInputError for the URL of something else
 */
export async function findPortalId(client: MasvClient, address: string): Promise<string | undefined> {
	const subdomain = toSubdomain(client, address, 'portal');
	if (subdomain === '') return undefined;
	// Whoever may deliver to a portal may not be allowed to list those of the team.
	const own = await undefinedIf(isForbidden, findOwn(client, subdomain));
	if (own !== undefined) return own.id;
	const isUnknown = (error: unknown): boolean => isUnauthorized(error) || isRefusedRoute(error);
	return (await undefinedIf(isUnknown, fetchPublicPortal(client, subdomain)))?.id;
}

async function findOwn(client: MasvClient, subdomain: string): Promise<Portal | undefined> {
	for await (const portal of readPortals(client, { subdomain })) {
		if (portal.subdomain?.toLowerCase() === subdomain) return portal;
	}
	return undefined;
}
