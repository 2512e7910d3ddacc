import { isRefusedRoute } from '../answers';
import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { maxPageRecords, take } from '../pages';
import { readPortals } from '../portals/portals';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import { packageStates } from '../schemas';
import { undefinedIf } from '../undefinedIf';
import { mapParallel } from '../workers';
import type { PackageQuery } from './lists';
import { inboxList, readPackages, readPortalPackages, readSentPackages } from './lists';

/** A package as it is listed for people to choose from. */
export interface ListedPackage {
	package: MasvPackage;
	isReceived: boolean;
}

const portalsAtOnce = 8;

/**
 * The newest packages that the team has sent or received, in any state: at most a page of each, newest first. Received
 * packages that this key may not list are left out, so that those sent can be chosen anyway.
 * @param name part of the name
 */
export async function fetchNewestPackages(
	client: MasvClient,
	name: string | undefined,
	policy: RetryPolicy,
): Promise<ListedPackage[]> {
	const query = { status: packageStates, sort: '-created_at', name };
	const [sent, received] = await Promise.all([
		take(readSentPackages(client, query, policy), maxPageRecords),
		fetchNewestReceived(client, query, policy),
	]);
	const listed = [
		...sent.map((found) => ({ package: found, isReceived: false })),
		...received.map((found) => ({ package: found, isReceived: true })),
	];
	return listed.sort((a, b) => (toTime(b.package.created_at) ?? 0) - (toTime(a.package.created_at) ?? 0));
}

/** From the inbox, or else from the list of each portal, which cannot be filtered by name: docs/masv-api.md#package-lists */
async function fetchNewestReceived(
	client: MasvClient,
	query: PackageQuery & { name: string | undefined },
	policy: RetryPolicy,
): Promise<MasvPackage[]> {
	const inbox = await undefinedIf(
		isRefusedRoute,
		take(readPackages(client, inboxList(client), query, policy), maxPageRecords),
	);
	if (inbox !== undefined) return inbox;
	const portals = (await undefinedIf(isRefusedRoute, take(readPortals(client, {}, policy), maxPageRecords))) ?? [];
	const { sort, name = '' } = query;
	const lists = await mapParallel(portals, portalsAtOnce, async ({ id }) => {
		return await undefinedIf(isRefusedRoute, take(readPortalPackages(client, id, { sort }, policy), maxPageRecords));
	});
	return lists
		.flatMap((list) => list ?? [])
		.filter((found) => (found.name ?? '').toLowerCase().includes(name.toLowerCase()));
}
