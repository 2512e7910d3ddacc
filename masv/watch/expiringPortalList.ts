import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { fetchPortalPackagesV1 } from '../packages/lists';
import type { WatchedList } from './packageLists';
import { fromPortal, watchedPortal } from './packageLists';

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
