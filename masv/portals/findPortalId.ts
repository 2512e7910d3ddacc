import { isForbidden, isRefusedRoute, isUnauthorized } from '../answers';
import type { MasvClient } from '../client';
import { toSubdomain } from './address';
import { fetchPublicPortal, readPortals } from './portals';

/**
 * The ID of the portal at a URL: of the team, from the list that MASV documents, or else of any team, by the route that
 * requires no key. docs/masv-api.md#portal-by-subdomain
 * @returns undefined if there is no such portal
 */
export async function findPortalId(client: MasvClient, address: string): Promise<string | undefined> {
	const subdomain = toSubdomain(address);
	if (subdomain === '') return undefined;
	try {
		for await (const portal of readPortals(client, { subdomain })) {
			if (portal.subdomain?.toLowerCase() === subdomain) return portal.id;
		}
	} catch (error) {
		// Whoever may deliver to a portal may not be allowed to list those of the team.
		if (!isForbidden(error)) throw error;
	}
	try {
		return (await fetchPublicPortal(client, subdomain)).id;
	} catch (error) {
		if (isUnauthorized(error) || isRefusedRoute(error)) return undefined;
		throw error;
	}
}
