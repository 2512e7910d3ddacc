import { isForbidden, isGone, isRefusedRoute } from '../answers';
import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { readPortals } from '../portals/portals';
import type { CreatedState } from './created/state';
import type { ListChoice } from './created/watch';
import type { WatchedList } from './packageLists';
import { selectedPortalLists, watchedInbox, watchedPortal, withRefusals } from './packageLists';
import type { MasvPackage } from '../schemas';

/**
 * Calls `use` with the lists of what was received through the selected portals, or through all of them (undefined). It may be
 * called twice, as by {@link withReceivedLists}.
 * @param before what was known of these lists
 */
export async function withReceived<T>(
	client: MasvClient,
	portalIds: string[] | undefined,
	before: CreatedState | undefined,
	use: (choice: ListChoice<MasvPackage>) => Promise<T>,
): Promise<T> {
	if (portalIds === undefined) {
		const all = async (lists: WatchedList[]): Promise<T> => await use({ lists, isOpenEnded: true });
		return await withReceivedLists(client, { inbox: watchedInbox(client), portalList: watchedPortal }, all);
	}
	const lists = selectedPortalLists(client, portalIds, (name) => before?.newest[name] !== undefined);
	return await use({ lists, isOpenEnded: false });
}

/** Where to look for what was received through all portals. */
export interface ReceivedPlaces {
	inbox: WatchedList;
	/** What is wrong with the inbox if the list of each portal is to be read instead. Default: MASV refuses it. */
	isUseless?: (error: unknown) => boolean;
	/** The list of one portal. */
	portalList: (client: MasvClient, portalId: string) => WatchedList;
	/** Whether to request the inbox first, because `use` may not get to it. */
	checksInbox?: boolean;
}

/**
 * Calls `use` with the inbox or, if that is useless, with the list of each portal: docs/masv-api.md#package-lists. In the
 * second case `use` may be called twice, and nothing of its first call may be kept.
 */
export async function withReceivedLists<T>(
	client: MasvClient,
	{ inbox: list, isUseless = isRefusedRoute, portalList, checksInbox = false }: ReceivedPlaces,
	use: (lists: WatchedList[]) => Promise<T>,
): Promise<T> {
	const { list: inbox, hasThrown } = rememberingErrors(list);
	try {
		if (checksInbox) await inbox.readPage({}, 1);
		return await use([inbox]);
	} catch (error) {
		// `use` makes other requests as well, and their errors say nothing about the inbox.
		if (!hasThrown(error) || !isUseless(error)) throw error;
	}
	return await use(await fetchPortalLists(client, (id) => portalList(client, id)));
}

/** The same list, and whether an error was thrown by reading it. */
function rememberingErrors(list: WatchedList): { list: WatchedList; hasThrown: (error: unknown) => boolean } {
	const thrown = new Set<unknown>();
	return {
		list: {
			...list,
			readPage: async (query, page) => {
				try {
					return await list.readPage(query, page);
				} catch (error) {
					thrown.add(error);
					throw error;
				}
			},
		},
		hasThrown: (error) => thrown.has(error),
	};
}

async function fetchPortalLists(
	client: MasvClient,
	portalList: (portalId: string) => WatchedList,
): Promise<WatchedList[]> {
	const lists: WatchedList[] = [];
	const refused = new Set<string>();
	for await (const { id, created_at } of readPortals(client, {})) {
		const list = withRefusals(portalList(id), (error) => {
			// The portal was deleted after the portals had been listed.
			if (isGone(error)) return;
			// One portal that this key may not read does not stop the others. If it may read none, that is an error.
			if (!isForbidden(error) || refused.add(id).size === lists.length) throw error;
		});
		lists.push({ ...list, createdAt: toTime(created_at) });
	}
	return lists;
}
