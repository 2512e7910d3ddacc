import type { MasvClient } from '../client';
import { onlyListSchema } from '../onlyList';
import type { ListCall, Page } from '../pages';
import { readPage, readPages } from '../pages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import { listSchema, packageSchema } from '../schemas';
import { isBadRequest, isMissingRoute } from '../answers';
import type { QueryValue } from '../apiCall';
import { undefinedIf } from '../undefinedIf';

/** A paged list of packages, read by {@link readPackages} and {@link readPackagePage}. */
export type PackageList = Pick<ListCall<typeof packageSchema>, 'operation' | 'path' | 'record' | 'page'>;

const inboxPageSchema = onlyListSchema(packageSchema);

export type PackageQuery = Record<string, QueryValue>;

/** Sent packages. Without `status`: finalized and expired ones. docs/masv-api.md#package-lists */
export function sentList(client: MasvClient): PackageList {
	return { operation: 'list the packages', path: path`/v1.1/teams/${client.teamId}/packages`, record: packageSchema };
}

/** Packages received through all portals. Not in MASV's documentation: docs/masv-api.md#package-lists */
export function inboxList(client: MasvClient): PackageList {
	return {
		operation: 'list the received packages',
		path: path`/v1.1/teams/${client.teamId}/inbox`,
		record: packageSchema,
		page: inboxPageSchema,
	};
}

/** Packages received through one portal. Cannot be filtered by state. docs/masv-api.md#package-lists */
export function portalList(portalId: string): PackageList {
	return { operation: listingOf(portalId), path: path`/v1.1/portals/${portalId}/packages`, record: packageSchema };
}

function listingOf(portalId: string): string {
	return `list the packages of portal ${portalId}`;
}

/** All pages of a list. */
export function readPackages(
	client: MasvClient,
	list: PackageList,
	query: PackageQuery,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPages(client, { ...list, query, policy });
}

/** One page of a list; the first is 1. */
export async function readPackagePage(
	client: MasvClient,
	list: PackageList,
	query: PackageQuery,
	page: number,
): Promise<Page<MasvPackage>> {
	return await readPage(client, { ...list, query }, page);
}

/** All of {@link sentList}. */
export function readSentPackages(
	client: MasvClient,
	query: PackageQuery,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPackages(client, sentList(client), query, policy);
}

/** All of {@link portalList}. */
export function readPortalPackages(
	client: MasvClient,
	portalId: string,
	query: PackageQuery,
	policy?: RetryPolicy,
): AsyncGenerator<MasvPackage> {
	return readPackages(client, portalList(portalId), query, policy);
}

/**
 * Every package received through one portal, from the legacy list: a bare array that, unlike the newer list, contains
 * archived packages and expiry dates. Empty on a server without it. docs/masv-api.md#package-lists
 */
export async function fetchPortalPackagesV1(
	client: MasvClient,
	portalId: string,
	policy?: RetryPolicy,
): Promise<MasvPackage[]> {
	const list = client.call({
		operation: listingOf(portalId),
		method: 'GET',
		path: path`/v1/portals/${portalId}/packages`,
		query: { new: true, finalized: true, expired: true, archived: true },
		schema: listSchema(packageSchema),
		policy,
	});
	return (await undefinedIf((error) => isMissingRoute(error) || isBadRequest(error), list))?.records ?? [];
}
