import { isMissingRoute } from '../answers';
import type { MasvClient } from '../client';
import { isWithin } from '../dates';
import { readPortals } from '../portals/portals';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import { requireExpiry } from './expiry';
import type { PackageQuery } from './lists';
import { fetchPortalPackagesV1, inboxList, readPackages, readPortalPackages } from './lists';

/**
 * Packages received through all portals: from the inbox, or else from each portal's list, filtered as the inbox would. The
 * inbox is not in MASV's documentation, so a server may not have it: docs/masv-api.md#package-lists
 */
export async function* readReceivedPackages(client: MasvClient, query: PackageQuery): AsyncGenerator<MasvPackage> {
	let isThere = false;
	try {
		// Nothing but the inbox may be read here: the error of any other request must not cause the fallback.
		for await (const found of readPackages(client, inboxList(client), query)) {
			isThere = true;
			yield found;
		}
		return;
	} catch (error) {
		// What has been returned would be returned again.
		if (isThere || !isMissingRoute(error)) throw error;
	}
	for await (const { id } of readPortals(client, {})) yield* readPortalLikeInbox(client, id, query);
}

/** Received packages in all states, from documented lists only. The same package may be returned twice. */
export async function* readReceivedByPortal(client: MasvClient, policy?: RetryPolicy): AsyncGenerator<MasvPackage> {
	for await (const { id } of readPortals(client, {}, policy)) {
		yield* readPortalPackages(client, id, {}, policy);
		yield* await fetchPortalPackagesV1(client, id, policy);
	}
}

async function* readPortalLikeInbox(
	client: MasvClient,
	portalId: string,
	query: PackageQuery,
): AsyncGenerator<MasvPackage> {
	const { sender, tags, created_at_start, created_at_end } = query;
	const needsOlder = filtersExpiry(query) || statesOf(query).includes('archived');
	const older = needsOlder ? await fetchPortalPackagesV1(client, portalId) : [];
	const matches = createFilter(query, older);
	const known = { sender, tags, created_at_start, created_at_end };
	for await (const received of readPortalPackages(client, portalId, known)) if (matches(received)) yield received;
	// The newer list does not contain them, so the filters that it would have applied are applied here.
	for (const archived of older.filter(({ state }) => state === 'archived')) {
		const isOther = (sender !== undefined && archived.sender !== sender) || tags !== undefined;
		if (!isOther && isWithin(archived.created_at, created_at_start, created_at_end) && matches(archived))
			yield archived;
	}
}

/**
 * The filters that the inbox has and a portal's list lacks. Lets each package through once.
 * @param older the same packages from the legacy list, which returns more about them
 */
function createFilter(query: PackageQuery, older: MasvPackage[]): (found: MasvPackage) => boolean {
	const { name, expiry_start, expiry_end } = query;
	const states = statesOf(query);
	const details = new Map(older.map((found) => [found.id, found]));
	const seen = new Set<string>();
	return (found) => {
		if (seen.has(found.id) || !states.includes(found.state ?? '')) return false;
		seen.add(found.id);
		if (typeof name === 'string' && found.name?.toLowerCase().includes(name.toLowerCase()) !== true) return false;
		if (!filtersExpiry(query)) return true;
		return isWithin(requireExpiry({ ...details.get(found.id), ...found }), expiry_start, expiry_end);
	};
}

function filtersExpiry({ expiry_start, expiry_end }: PackageQuery): boolean {
	return expiry_start !== undefined || expiry_end !== undefined;
}

function statesOf({ status }: PackageQuery): string[] {
	return (Array.isArray(status) && status.length > 0 ? status : ['finalized', 'expired']) as string[];
}
