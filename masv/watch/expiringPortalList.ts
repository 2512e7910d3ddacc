import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { fetchPortalPackagesV1 } from '../packages/lists';
import type { WatchedList } from './packageLists';
import { fromPortal, watchedPortal } from './packageLists';

/**
 * Packages received through one portal, with their expiry dates. Those are in the legacy list, and in no sample of the
 * newer one: docs/masv-api.md#package-object
 * @throws MasvInputError if MASV returns no expiry dates: an empty list would look like a valid result
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
			// One package without a date, or with null, is odd, but must not stop the others.
			if (expiring.length === 0 || expiring.some((each) => 'expiry' in each)) return found;
			throw new MasvInputError('This MASV server does not report when received packages expire', {
				code: 'expiry_dates_missing',
				field: 'event',
			});
		},
	};
}
