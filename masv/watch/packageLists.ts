import type { MasvClient } from '../client';
import { MasvApiError, MasvInputError, isRefusedRoute } from '../errors';
import { fetchPortalPackagesV1 } from '../packages';
import type { Page } from '../pages';
import { readPage } from '../pages';
import { path } from '../path';
import { readPortals } from '../portals';
import type { MasvPackage } from '../schemas';
import { packageSchema, packageStates } from '../schemas';
import type { Standing } from './created';
import type { List } from './reads';
import { toTime } from './reads';

type PackageList = List<MasvPackage>;

/** What the team sent, whatever its state: `GET /v1.1/teams/{team}/packages` (MASV docs, Packages). */
export function sentList(client: MasvClient): PackageList {
	return teamList(client, 'sent', 'list the packages', path`/v1.1/teams/${client.teamId}/packages`);
}

const inboxOperation = 'list the received packages';

/** What came in through all portals, whatever its state: `GET /v1.1/teams/{team}/inbox` (MASV's MCP server). */
function inboxList(client: MasvClient): PackageList {
	return teamList(client, 'inbox', inboxOperation, path`/v1.1/teams/${client.teamId}/inbox`);
}

function teamList(client: MasvClient, name: string, operation: string, route: string): PackageList {
	return {
		name,
		readPage: async (query, page) => {
			const whole = { status: packageStates, ...query };
			return await readPage(client, { operation, path: route, query: whole, record: packageSchema }, page);
		},
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
	portalList: (client: MasvClient, portalId: string) => PackageList,
	use: (lists: PackageList[]) => Promise<T>,
	asksFirst = false,
): Promise<T> {
	try {
		const inbox = inboxList(client);
		if (asksFirst) await inbox.readPage({}, 1);
		return await use([inbox]);
	} catch (error) {
		if (!isRefusedRoute(error) || error.operation !== inboxOperation) throw error;
	}
	const lists: PackageList[] = [];
	for await (const { id, created_at } of readPortals(client, {})) {
		// One that was deleted after the portals had been listed has none.
		const list = withMissing(portalList(client, id), () => ({ total: 0, records: [] }));
		lists.push({ ...list, createdAt: toTime(created_at) });
	}
	return await use(lists);
}

/** The list with another answer where MASV says that there is no such portal. */
function withMissing(list: PackageList, answer: (error: MasvApiError) => Page<MasvPackage>): PackageList {
	return {
		...list,
		readPage: async (query, page) => {
			try {
				return await list.readPage(query, page);
			} catch (error) {
				if (error instanceof MasvApiError && error.status === 404) return answer(error);
				throw error;
			}
		},
	};
}

/** What came in through one portal: `GET /v1.1/portals/{portal}/packages` (MASV docs, Portals), which filters by no state. */
export function portalList(client: MasvClient, portalId: string): PackageList {
	return {
		name: `portal ${portalId}`,
		readPage: async ({ status: _status, ...query }, page) =>
			fromPortal(
				portalId,
				await readPage(
					client,
					{
						operation: 'list the packages of the portal',
						path: path`/v1.1/portals/${portalId}/packages`,
						query,
						record: packageSchema,
					},
					page,
				),
			),
	};
}

/** {@link portalList} of a portal that the user has chosen. @throws MasvInputError when there is no such portal */
export function chosenPortalList(client: MasvClient, portalId: string): PackageList {
	return withMissing(portalList(client, portalId), (cause) => {
		throw new MasvInputError(`There is no portal ${portalId}`, {
			field: 'Portal Names or IDs',
			hint: 'It may have been deleted, or the user of the API key may not see it. Take it out of the chosen portals.',
			cause,
		});
	});
}

/**
 * What came in through one portal, with the dates of expiry: they are in MASV's older lists, and in no sample of the newer
 * one.
 * @throws MasvInputError where MASV does not tell them: an empty list would look like an answer
 */
export function expiringPortalList(client: MasvClient, portalId: string): PackageList {
	const newer = portalList(client, portalId);
	return {
		name: newer.name,
		readPage: async (_query, page) => {
			const older = page === 1 ? await fetchPortalPackagesV1(client, portalId) : [];
			if (older.length > 0) return fromPortal(portalId, { total: older.length, records: older });
			const found = await newer.readPage({ sort: 'created_at' }, page);
			const isSilent = found.records.some(
				({ state, expiry, unlimited_storage: isUnlimited }) =>
					state === 'finalized' && expiry === undefined && isUnlimited !== true,
			);
			if (!isSilent) return found;
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
