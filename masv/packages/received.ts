import { z } from 'zod';

import { isForbidden, isGone, isMissingRoute } from '../answers';
import type { QueryValue } from '../apiCall';
import type { MasvClient } from '../client';
import { isWithin, toTime } from '../dates';
import { take } from '../pages';
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
	const found = ofEachPortal(client, (portalId) => readPortalLikeInbox(client, portalId, query));
	const { sort } = query;
	yield* typeof sort === 'string' ? inOrder(await take(found, Infinity), sort) : found;
}

/** Received packages in all states, from documented lists only. The same package may be returned twice. */
export async function* readReceivedByPortal(client: MasvClient, policy?: RetryPolicy): AsyncGenerator<MasvPackage> {
	const read = async function* (portalId: string): AsyncGenerator<MasvPackage> {
		yield* readPortalPackages(client, portalId, {}, policy);
		yield* await fetchPortalPackagesV1(client, portalId, policy);
	};
	yield* ofEachPortal(client, read, policy);
}

/**
 * What is read of each portal. One that this key may not read, as a private one of others, or that was deleted after the portals had
 * been listed, does not stop the others.
 * @throws MasvApiError if none of them can be read
 */
async function* ofEachPortal(
	client: MasvClient,
	read: (portalId: string) => AsyncGenerator<MasvPackage>,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	let isAnyRead = false;
	let refusal: unknown;
	for await (const { id } of readPortals(client, {}, policy)) {
		try {
			yield* read(id);
			isAnyRead = true;
		} catch (error) {
			if (!isForbidden(error) && !isGone(error)) throw error;
			refusal ??= error;
		}
	}
	if (!isAnyRead && refusal !== undefined) throw refusal;
}

async function* readPortalLikeInbox(
	client: MasvClient,
	portalId: string,
	query: PackageQuery,
): AsyncGenerator<MasvPackage> {
	const { sender, tags, created_at_start, created_at_end } = query;
	const needsOlder = filtersExpiry(query) || fieldOf(query.sort) === 'expiry' || statesOf(query).includes('archived');
	const older = needsOlder ? await fetchPortalPackagesV1(client, portalId) : [];
	const expiries = new Map(older.map(({ id, expiry }) => [id, expiry]));
	const matches = createFilter(query, older);
	const known = { sender, tags, created_at_start, created_at_end };
	for await (const received of readPortalPackages(client, portalId, known)) {
		// The newer list does not contain it.
		const expiry = received.expiry ?? expiries.get(received.id);
		const found = expiry === undefined ? received : { ...received, expiry };
		if (matches(found)) yield found;
	}
	// The newer list does not contain them, so the filters that it would have applied are applied here.
	for (const archived of older.filter(({ state }) => state === 'archived')) {
		const isOther = (sender !== undefined && archived.sender !== sender) || isListed(tags);
		if (!isOther && isWithin(archived.created_at, created_at_start, created_at_end) && matches(archived))
			yield archived;
	}
}

/**
 * The filters that the inbox has and a portal's list lacks. Lets each package through once.
 * @param older the legacy list, if one of them needs it
 */
function createFilter(query: PackageQuery, older: readonly MasvPackage[]): (found: MasvPackage) => boolean {
	const { name, teamspaces, extra_storage, expiry_start, expiry_end } = query;
	const states = statesOf(query);
	const areDated = older.some(({ expiry }) => expiry !== undefined);
	const seen = new Set<string>();
	return (found) => {
		if (seen.has(found.id) || !states.includes(found.state ?? '')) return false;
		seen.add(found.id);
		if (typeof name === 'string' && found.name?.toLowerCase().includes(name.toLowerCase()) !== true) return false;
		if (isListed(teamspaces) && !teamspaces.includes(teamspaceOf(found) ?? '')) return false;
		if (extra_storage !== undefined && (found.extra_storage === true) !== extra_storage) return false;
		if (!filtersExpiry(query)) return true;
		// One that never expires, or has arrived since the legacy list was read.
		if (found.expiry === undefined && (areDated || found.unlimited_storage === true)) return false;
		return isWithin(requireExpiry(found), expiry_start, expiry_end);
	};
}

function isListed(values: QueryValue): values is readonly string[] {
	return typeof values === 'object' && values.length > 0;
}

/** The lists differ in it: docs/masv-api.md#package-object */
const placedSchema = z.looseObject({
	teamspace: z.looseObject({ id: z.string() }).optional().catch(undefined),
	teamspace_id: z.string().optional().catch(undefined),
});

function teamspaceOf(found: MasvPackage): string | undefined {
	const { teamspace, teamspace_id: id } = placedSchema.parse(found);
	return teamspace?.id ?? id;
}

/** Without the minus sign, which means from the highest to the lowest. */
function fieldOf(sort: QueryValue): string | undefined {
	return typeof sort === 'string' ? sort.replace(/^-/, '') : undefined;
}

/** The packages of all portals in the order of the inbox. Those that lack the field come last. */
function inOrder(packages: readonly MasvPackage[], sort: string): MasvPackage[] {
	const field = fieldOf(sort) ?? '';
	const keyed = packages.map((found) => ({ found, key: keyIn(found, field) }));
	const sign = sort.startsWith('-') ? -1 : 1;
	keyed.sort((a, b) => {
		if (a.key === undefined || b.key === undefined) return Number(a.key === undefined) - Number(b.key === undefined);
		if (a.key === b.key) return 0;
		return a.key < b.key ? -sign : sign;
	});
	return keyed.map(({ found }) => found);
}

/** What a package is sorted by. */
function keyIn(found: MasvPackage, field: string): string | number | undefined {
	if (field === 'status') return found.state;
	if (field === 'teamspace_id') return teamspaceOf(found);
	const value = found[field];
	if (field === 'created_at' || field === 'expiry') return toTime(value);
	if (typeof value === 'string') return value.toLowerCase();
	return typeof value === 'number' ? value : undefined;
}

function filtersExpiry({ expiry_start, expiry_end }: PackageQuery): boolean {
	return expiry_start !== undefined || expiry_end !== undefined;
}

function statesOf({ status }: PackageQuery): readonly string[] {
	return isListed(status) ? status : ['finalized', 'expired'];
}
