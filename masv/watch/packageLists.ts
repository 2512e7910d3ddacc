import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { MasvApiError, MasvInputError } from '../errors';
import type { Page } from '../pages';
import type { PackageList } from '../packages/lists';
import { fetchPortalPackagesV1, inboxList, portalList, readPackagePage, sentList } from '../packages/lists';
import { portalsInsteadOfInbox } from '../packages/received';
import type { MasvPackage, Portal } from '../schemas';
import { packageStates } from '../schemas';
import type { Standing } from './created';
import type { List } from './reads';
import { isRefusedRoute } from '../answers';

type WatchedList = List<MasvPackage>;

/** What the team sent, whatever its state. */
export function watchedSent(client: MasvClient): WatchedList {
	return withAllStates(client, 'sent', sentList(client));
}

/** What came in through all portals, whatever its state. */
function watchedInbox(client: MasvClient): WatchedList {
	return withAllStates(client, 'inbox', inboxList(client));
}

function withAllStates(client: MasvClient, name: string, list: PackageList): WatchedList {
	return {
		name,
		readPage: async (query, page) => await readPackagePage(client, list, { status: packageStates, ...query }, page),
	};
}

/**
 * Does something with the lists of everything received: the inbox, which is not in MASV's documentation, or on a server that
 * refuses it the list of each portal. Then it is done anew: nothing of the first try may be kept.
 * @param portalList of one portal
 * @param asksFirst whether the inbox is asked before anything is done: for what may not come to ask it
 */
export async function withReceivedLists<T>(
	client: MasvClient,
	portalList: (client: MasvClient, portalId: string) => WatchedList,
	use: (lists: WatchedList[]) => Promise<T>,
	asksFirst = false,
): Promise<T> {
	const inbox = watchedInbox(client);
	try {
		if (asksFirst) await inbox.readPage({}, 1);
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

/** The list, or none where MASV's refusal is taken for that. @param check throws where it is not */
function withRefusals(list: WatchedList, check: (error: MasvApiError) => void): WatchedList {
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

/** What came in through one portal, which filters by no state. */
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
 * {@link watchedPortal} of each portal that the user has chosen. One that is deleted later does not stop the others.
 * @param wasRead whether the list of this name has been read before
 * @throws MasvInputError when there is no such portal, or none is left
 */
export function chosenPortalLists(
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
				field: 'Portal Names or IDs',
				hint: 'It may have been deleted, or the user of the API key may not see it. Take it out of the chosen portals.',
				cause,
			});
		}),
	);
}

/**
 * What came in through one portal, with the dates of expiry: they are in MASV's older lists, and in no sample of the newer
 * one.
 * @throws MasvInputError where MASV does not tell them: an empty list would look like an answer
 */
export function expiringPortalList(client: MasvClient, portalId: string): WatchedList {
	const newer = watchedPortal(client, portalId);
	return {
		name: newer.name,
		readPage: async (_query, page) => {
			const older = page === 1 ? await fetchPortalPackagesV1(client, portalId) : [];
			if (older.length > 0) {
				return { ...fromPortal(portalId, { total: older.length, records: older }), isWhole: true };
			}
			const found = await newer.readPage({ sort: 'created_at' }, page);
			const expiring = (found?.records ?? []).filter(
				({ state, unlimited_storage: isUnlimited }) => state === 'finalized' && isUnlimited !== true,
			);
			// A single one without a date, or with null for it, is odd and does not stop the others.
			if (expiring.length === 0 || expiring.some((each) => 'expiry' in each)) return found;
			throw new MasvInputError('This MASV server does not tell when received packages expire', {
				field: 'Trigger On',
				hint: 'Choose another event.',
			});
		},
	};
}

/** The inbox does not tell which portal a package came through; the list of a portal is proof of it. */
function fromPortal(portalId: string, { total, records }: Page<MasvPackage>): Page<MasvPackage> {
	return { total, records: records.map((record) => ({ ...record, portal_id: record.portal_id ?? portalId })) };
}

/**
 * Whether a package has been finalized. One that has expired may have been, and its files are gone since; or it was deleted
 * while it was being uploaded: both are `expired` then (MASV docs, Packages, "Delete").
 */
export function standingOfPackage({ state }: MasvPackage): Standing {
	if (state === 'finalized') return 'reached';
	return state === 'expired' || state === 'archived' ? 'unproven' : 'pending';
}
