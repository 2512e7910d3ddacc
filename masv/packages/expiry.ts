import { toTime } from '../dates';
import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';

/**
 * When a package is going to expire, in milliseconds; undefined if it has expired already or never expires. Checked here
 * although lists can be filtered: a server may ignore a filter that it does not know.
 */
export function upcomingExpiryOf({ state, expiry, unlimited_storage: isUnlimited }: MasvPackage): number | undefined {
	return (state !== undefined && state !== 'finalized') || isUnlimited === true ? undefined : toTime(expiry);
}

/**
 * The date on which a package expires or has expired, to filter by.
 * @throws MasvInputError if MASV does not return it: an empty list would look like a valid result
 */
export function requireExpiry(found: MasvPackage): string {
	if (found.expiry !== undefined) return found.expiry;
	throw new MasvInputError('This MASV server does not report when received packages expire', {
		code: 'expiry_dates_missing',
		field: 'expiryFilters',
	});
}
