import { z } from 'zod';

import type { MasvClient } from '../client';
import { readPages } from '../pages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import type { Portal } from '../schemas';
import { arrayOf, portalSchema } from '../schemas';
import { isForbidden, isRefusedRoute } from '../answers';
import type { QueryValue } from '../apiCall';
import { undefinedIf } from '../undefinedIf';

/** The portals of the team. `GET /v1.1/teams/{team}/portals`: docs/masv-api.md#list-portals */
export function readPortals(
	client: MasvClient,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<Portal> {
	return readPortalsAs(portalSchema, client, query, policy);
}

/** The form in which MASV documents the list, or one that at least has portals in it: docs/masv-api.md#pages */
const provingSchema = z.union([
	z.looseObject({ metadata: z.looseObject({ total: z.number() }), records: arrayOf(portalSchema).nullable() }),
	z.looseObject({ records: arrayOf(portalSchema).refine((portals) => portals.length > 0) }),
]);

/**
 * Reads one portal of the same list, to check the key and the team. An empty list proves nothing unless it is MASV's: other
 * servers respond with one, too.
 * @throws MasvApiError, MasvConnectionError
 */
export async function checkPortalsAccess(client: MasvClient, policy?: RetryPolicy): Promise<void> {
	await client.call({
		operation: 'list the portals of the team',
		method: 'GET',
		path: listPath(client),
		query: { page: 1, limit: 1 },
		schema: provingSchema,
		policy,
	});
}

function listPath(client: MasvClient): string {
	return path`/v1.1/teams/${client.teamId}/portals`;
}

function readPortalsAs<T extends { id: string }>(
	record: z.ZodType<T>,
	client: MasvClient,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<T> {
	return readPages(client, {
		operation: 'list the portals',
		path: listPath(client),
		query,
		record,
		policy,
	});
}

/**
 * One portal. `GET /v1.1/portals/{id}`: docs/masv-api.md#one-portal. It is not in MASV's documentation, so on a
 * server without it the documented list is searched.
 * @returns undefined if the user of the API key cannot see such a portal, or there is no key; it may still belong to another
 * team
 */
export async function findPortal(client: MasvClient, portalId: string): Promise<Portal | undefined> {
	if (!client.hasAccount) return undefined;
	// Whoever may deliver to a portal may not be allowed to list those of the team.
	return await undefinedIf(isForbidden, findPortalAs(portalSchema, client, portalId));
}

/** The same, decoded by a schema that leaves the portal as MASV returns it, so that it can be written back. */
export async function findPortalAs<T extends { id: string }>(
	schema: z.ZodType<T>,
	client: MasvClient,
	portalId: string,
): Promise<T | undefined> {
	try {
		return await client.call({
			operation: 'get the portal',
			method: 'GET',
			path: path`/v1.1/portals/${portalId}`,
			schema,
		});
	} catch (error) {
		if (!isRefusedRoute(error)) throw error;
	}
	for await (const portal of readPortalsAs(schema, client, {})) if (portal.id === portalId) return portal;
	return undefined;
}

/**
 * What MASV shows to everyone about the portal at a subdomain. Only the ID is documented.
 * `GET /v1/subdomains/portals/{subdomain}` requires no key: docs/masv-api.md#portal-by-subdomain
 * @throws MasvApiError, MasvConnectionError
 */
export async function fetchPublicPortal(client: MasvClient, subdomain: string, policy?: RetryPolicy): Promise<Portal> {
	return await client.call({
		operation: 'find the portal',
		method: 'GET',
		path: path`/v1/subdomains/portals/${subdomain}`,
		authorization: { kind: 'portal', accessCode: undefined },
		schema: portalSchema,
		policy,
	});
}
