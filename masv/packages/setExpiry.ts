import { isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import { parseDate } from '../dates';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { MasvPackage } from '../schemas';
import { updatePackage } from './change';
import { isDeleted } from './deleted';
import { fetchPackage } from './find';

/** A date (ISO 8601, UTC), or storage without a date, for which MASV charges. */
export type Expiry = { expiry: string } | 'unlimited';

/**
 * Sets when MASV deletes the files of a package. `PUT /v1/packages/{id}/expiry`:
 * docs/masv-api.md#changing-and-deleting-a-package
 * @throws MasvInputError for a date that has passed, with which MASV could delete the files at once, and for a package whose
 * files are deleted
 */
export async function setPackageExpiry(client: MasvClient, packageId: string, expiry: Expiry): Promise<MasvPackage> {
	if (expiry !== 'unlimited' && parseDate(expiry.expiry) <= client.clock.now()) {
		throw new MasvInputError(`The expiry date ${expiry.expiry} has passed`, {
			code: 'value_out_of_range',
			field: 'expiry',
			hint: 'Enter a date in the future. To delete the files now, delete the package.',
		});
	}
	try {
		return await updatePackage(client, packageId, {
			operation: `set the expiry of package ${packageId}`,
			path: path`/v1/packages/${packageId}/expiry`,
			// Both together are invalid; `unlimited_storage` is required by one source and optional in the other.
			body: expiry === 'unlimited' ? { unlimited_storage: true } : { unlimited_storage: false, ...expiry },
		});
	} catch (error) {
		if (!isRefusedState(error)) throw error;
		const found = await fetchPackage(client, packageId);
		if (!isDeleted(found)) throw error;
		throw new MasvInputError(`Package ${packageId} is ${found.state}: its files are deleted`, {
			code: 'package_state_wrong',
			field: 'package',
			hint: 'Only new and finalized packages can get another expiry date.',
			cause: error,
		});
	}
}
