import { toTime } from '../dates';
import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';

/**
 * When a package is going to expire, in milliseconds; undefined for one that has expired or does not expire. The filters of
 * the server are not relied upon.
 */
export function upcomingExpiryOf({ state, expiry, unlimited_storage: isUnlimited }: MasvPackage): number | undefined {
	return (state !== undefined && state !== 'finalized') || isUnlimited === true ? undefined : toTime(expiry);
}

/**
 * The date at which a package expires or expired, to filter by.
 * @throws MasvInputError where MASV does not tell: an empty list would look like an answer
 */
export function requireExpiry(found: MasvPackage): string {
	if (found.expiry !== undefined) return found.expiry;
	throw new MasvInputError('This MASV server does not tell when received packages expire', {
		field: 'Expires After, Expires Before',
		hint: 'Leave these two filters out.',
	});
}
