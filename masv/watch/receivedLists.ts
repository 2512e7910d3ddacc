import { isForbidden, isGone, isRefusedRoute } from '../answers';
import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { portalsInsteadOfInbox } from '../packages/received';
import type { Portal } from '../schemas';
import type { WatchedList } from './packageLists';
import { watchedInbox, withRefusals } from './packageLists';

/**
 * Calls `use` with the inbox or, if MASV refuses it, with the list of each portal: docs/masv-api.md#package-lists. In the
 * second case `use` may be called twice, and nothing of its first call may be kept.
 * @param portalList the list of one portal
 * @param checksInbox whether to request the inbox first, because `use` may not get to it
 */
export async function withReceivedLists<T>(
	client: MasvClient,
	portalList: (client: MasvClient, portalId: string) => WatchedList,
	use: (lists: WatchedList[]) => Promise<T>,
	checksInbox = false,
): Promise<T> {
	const inbox = watchedInbox(client);
	try {
		if (checksInbox) await inbox.readPage({}, 1);
		return await use([inbox]);
	} catch (error) {
		const portals = portalsInsteadOfInbox(client, error, isRefusedRoute);
		return await use(await toPortalLists(portals, (id) => portalList(client, id)));
	}
}

async function toPortalLists(
	portals: AsyncIterable<Portal>,
	portalList: (portalId: string) => WatchedList,
): Promise<WatchedList[]> {
	const lists: WatchedList[] = [];
	const refused = new Set<string>();
	for await (const { id, created_at } of portals) {
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
