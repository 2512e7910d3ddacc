import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { expiryDatesMissing } from '../packages/expiry';
import { fetchPortalPackagesV1 } from '../packages/lists';
import type { MasvPackage } from '../schemas';
import type { WatchedList } from './packageLists';
import { fromPortal, watchedInbox, watchedPortal } from './packageLists';

/**
 * Packages received through all portals, with their expiry dates.
 * @throws MasvInputError, see {@link isWithoutDates}: an empty list would look like a valid result
 */
export function expiringInbox(client: MasvClient): WatchedList {
	return withDates(watchedInbox(client));
}

/**
 * Packages received through one portal, with their expiry dates. Those are in the legacy list, and in no sample of the
 * newer one: docs/masv-api.md#package-object
 * @throws MasvInputError, see {@link isWithoutDates}
 */
export function expiringPortalList(client: MasvClient, portalId: string): WatchedList {
	const newer = withDates(watchedPortal(client, portalId));
	return {
		name: newer.name,
		readPage: async (_query, page) => {
			const older = page === 1 ? await fetchPortalPackagesV1(client, portalId) : [];
			if (older.length > 0 && hasDates(older)) {
				return { ...fromPortal(portalId, { total: older.length, records: older }), isWhole: true };
			}
			return await newer.readPage({ sort: 'created_at' }, page);
		},
	};
}

function withDates(list: WatchedList): WatchedList {
	return {
		...list,
		readPage: async (query, page) => {
			const found = await list.readPage(query, page);
			if (found === undefined || hasDates(found.records)) return found;
			throw expiryDatesMissing('event');
		},
	};
}

/** One package without a date, or with null, is odd, but must not stop the others. */
function hasDates(records: readonly MasvPackage[]): boolean {
	const expiring = records.filter(
		({ state, unlimited_storage: isUnlimited }) => state === 'finalized' && isUnlimited !== true,
	);
	return expiring.length === 0 || expiring.some((each) => 'expiry' in each);
}

/** Whether MASV returns packages that expire, but not when. */
export function isWithoutDates(error: unknown): boolean {
	return error instanceof MasvInputError && error.code === 'expiry_dates_missing';
}
