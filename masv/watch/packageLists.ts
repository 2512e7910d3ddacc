import type { MasvClient } from '../client';
import { MasvApiError, MasvInputError } from '../errors';
import type { Page } from '../pages';
import type { PackageList } from '../packages/lists';
import { inboxList, portalList, readPackagePage, sentList } from '../packages/lists';
import type { MasvPackage } from '../schemas';
import { packageStates } from '../schemas';
import type { List } from './reads';

/** A list of packages as the watch reads it. */
export type WatchedList = List<MasvPackage>;

/** Sent packages in all states. */
export function watchedSent(client: MasvClient): WatchedList {
	return withAllStates(client, 'sent', sentList(client));
}

/** Packages received through all portals, in all states. */
export function watchedInbox(client: MasvClient): WatchedList {
	return withAllStates(client, 'inbox', inboxList(client));
}

function withAllStates(client: MasvClient, name: string, list: PackageList): WatchedList {
	return {
		name,
		readPage: async (query, page) => await readPackagePage(client, list, { status: packageStates, ...query }, page),
	};
}

/** Treats a list that MASV refuses as missing. @param check throws if the refusal is an error after all */
export function withRefusals(list: WatchedList, check: (error: MasvApiError) => void): WatchedList {
	return {
		...list,
		readPage: async (query, page) => {
			try {
				return await list.readPage(query, page);
			} catch (error) {
				if (!(error instanceof MasvApiError)) throw error;
				check(error);
				return undefined;
			}
		},
	};
}

/** Packages received through one portal, in all states: this list has no filter for them. */
export function watchedPortal(client: MasvClient, portalId: string): WatchedList {
	return {
		name: nameOf(portalId),
		readPage: async ({ status: _status, ...query }, page) =>
			fromPortal(portalId, await readPackagePage(client, portalList(portalId), query, page)),
	};
}

function nameOf(portalId: string): string {
	return `portal ${portalId}`;
}

/**
 * {@link watchedPortal} for each portal that the user selected. One that is deleted later does not stop the others.
 * @param wasRead whether the list of this name has been read before
 * @throws MasvInputError if a portal does not exist, or none is left
 */
export function selectedPortalLists(
	client: MasvClient,
	portalIds: string[],
	wasRead: (name: string) => boolean = () => false,
): WatchedList[] {
	const gone = new Set<string>();
	return portalIds.map((portalId) =>
		withRefusals(watchedPortal(client, portalId), (cause) => {
			if (cause.status !== 404) throw cause;
			if (gone.add(portalId).size < portalIds.length && wasRead(nameOf(portalId))) return;
			throw new MasvInputError(`There is no portal ${portalId}`, {
				code: 'portal_not_found',
				field: 'portalIds',
				hint: 'It may have been deleted, or the user of the API key may not have access to it.',
				cause,
			});
		}),
	);
}

/** Adds the portal: packages may not contain it, but the list they are in proves it. docs/masv-api.md#package-object */
export function fromPortal(portalId: string, { total, records }: Page<MasvPackage>): Page<MasvPackage> {
	return { total, records: records.map((record) => ({ ...record, portal_id: record.portal_id ?? portalId })) };
}
