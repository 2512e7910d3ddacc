import type { MasvClient } from '../client';
import { MasvApiError, MasvInputError } from '../errors';
import { readPages } from '../pages';
import { path } from '../path';
import { readPortals } from '../portals/portals';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import { listSchema, packageSchema } from '../schemas';
import { isMissingRoute } from '../answers';
import type { QueryValue } from '../apiCall';

/** `GET /v1.1/teams/{team}/packages`: what the team sent. Without `status`: finalized and expired ones. */
export function readSentPackages(
	client: MasvClient,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPages(client, {
		operation: 'list the packages',
		path: path`/v1.1/teams/${client.teamId}/packages`,
		query,
		record: packageSchema,
		policy,
	});
}

/** `GET /v1.1/portals/{portal}/packages`: what came in through one portal. */
export function readPortalPackages(
	client: MasvClient,
	portalId: string,
	query: Record<string, QueryValue>,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPages(client, {
		operation: 'list the packages of the portal',
		path: path`/v1.1/portals/${portalId}/packages`,
		query,
		record: packageSchema,
		policy,
	});
}

/**
 * What came in through all portals: `GET /v1.1/teams/{team}/inbox`, which is in MASV's MCP server but not in its
 * documentation. On a server without it, the documented list of each portal, with the filters that this one knows.
 */
export async function* readReceivedPackages(
	client: MasvClient,
	query: Record<string, QueryValue>,
): AsyncGenerator<MasvPackage> {
	try {
		yield* readPages(client, {
			operation: 'list the received packages',
			path: path`/v1.1/teams/${client.teamId}/inbox`,
			query,
			record: packageSchema,
		});
	} catch (error) {
		if (!isMissingRoute(error)) throw error;
		yield* readReceivedByPortal(client, query);
	}
}

async function* readReceivedByPortal(
	client: MasvClient,
	query: Record<string, QueryValue>,
): AsyncGenerator<MasvPackage> {
	const { status, name, sender, tags, created_at_start, created_at_end, expiry_start, expiry_end } = query;
	const wanted = (Array.isArray(status) && status.length > 0 ? status : ['finalized', 'expired']) as string[];
	const wantsExpiry = expiry_start !== undefined || expiry_end !== undefined;
	for await (const portal of readPortals(client, {})) {
		const older = wantsExpiry || wanted.includes('archived') ? await fetchPortalPackagesV1(client, portal.id) : [];
		const details = new Map(older.map((found) => [found.id, found]));
		const seen = new Set<string>();
		const matches = (found: MasvPackage): boolean => {
			if (seen.has(found.id) || !wanted.includes(found.state ?? '')) return false;
			seen.add(found.id);
			if (typeof name === 'string' && found.name?.toLowerCase().includes(name.toLowerCase()) !== true) return false;
			return !wantsExpiry || isWithin(expiryOf({ ...details.get(found.id), ...found }), expiry_start, expiry_end);
		};
		for await (const received of readPortalPackages(client, portal.id, {
			sender,
			tags,
			created_at_start,
			created_at_end,
		})) {
			if (matches(received)) yield received;
		}
		// The newer list hides them. The filters that it would have applied are applied here.
		for (const archived of older.filter(({ state }) => state === 'archived')) {
			const isOther = (sender !== undefined && archived.sender !== sender) || tags !== undefined;
			if (!isOther && isWithin(archived.created_at, created_at_start, created_at_end) && matches(archived))
				yield archived;
		}
	}
}

/**
 * Everything in one portal by the older list, `GET /v1/portals/{portal}/packages`: a bare array that, other than the newer
 * one, shows archived packages when asked and tells when packages expire (MASV's page on legacy lists). Empty on a server
 * without it.
 */
export async function fetchPortalPackagesV1(
	client: MasvClient,
	portalId: string,
	policy?: RetryPolicy,
): Promise<MasvPackage[]> {
	try {
		const { records } = await client.call({
			operation: 'list the packages of the portal',
			method: 'GET',
			path: path`/v1/portals/${portalId}/packages`,
			query: { new: true, finalized: true, expired: true, archived: true },
			schema: listSchema(packageSchema),
			policy,
		});
		return records;
	} catch (error) {
		if (error instanceof MasvApiError && (isMissingRoute(error) || error.status === 400)) return [];
		throw error;
	}
}

/** @throws MasvInputError where MASV does not tell: an empty list would look like an answer */
function expiryOf(found: MasvPackage): string {
	if (found.expiry !== undefined) return found.expiry;
	throw new MasvInputError('This MASV server does not tell when received packages expire', {
		field: 'Expires After, Expires Before',
		hint: 'Leave these two filters out.',
	});
}

/** Whether an ISO date lies within two others, ends included; an absent end is open. */
export function isWithin(date: string | undefined, start: QueryValue, end: QueryValue): boolean {
	const at = Date.parse(date ?? '');
	if (typeof start === 'string' && !(at >= Date.parse(start))) return false;
	return !(typeof end === 'string' && !(at <= Date.parse(end)));
}
