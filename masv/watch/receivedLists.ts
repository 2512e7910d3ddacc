import { isRefusedRoute } from '../answers';
import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { portalsInsteadOfInbox } from '../packages/received';
import type { Portal } from '../schemas';
import type { WatchedList } from './packageLists';
import { watchedInbox, withRefusals } from './packageLists';

/**
 * Does something with the lists of everything received: the inbox, which is not in MASV's documentation, or on a server that
 * refuses it the list of each portal. Then it is done anew: nothing of the first try may be kept.
 * @param portalList of one portal
 * @param checksInbox whether the inbox is asked before anything is done: for what may not come to ask it
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
			// It was deleted after the portals had been listed.
			if (error.status === 404) return;
			// One that this key may not see does not stop the others. A key that may see none should not look like silence.
			if (error.status !== 403 || refused.add(id).size === lists.length) throw error;
		});
		lists.push({ ...list, createdAt: toTime(created_at) });
	}
	return lists;
}
