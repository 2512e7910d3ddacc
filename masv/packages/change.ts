import type { MasvClient } from '../client';
import { path } from '../path';
import type { MasvPackage } from '../schemas';
import { packageSchema } from '../schemas';
import { isDeleted } from './deleted';
import { fetchPackage, fetchPackageToken } from './find';
import { isGone, isRefusedState } from '../answers';

/** `PUT /v1/packages/{id}`: docs/masv-api.md#changing-and-deleting-a-package */
export async function renamePackage(client: MasvClient, packageId: string, name: string): Promise<MasvPackage> {
	const token = await fetchPackageToken(client, packageId);
	return await client.call({
		operation: `rename package ${packageId}`,
		method: 'PUT',
		path: path`/v1/packages/${packageId}`,
		body: { name },
		authorization: { kind: 'package', token },
		schema: packageSchema,
	});
}

/**
 * Deletes a package; its record is kept as expired. `DELETE /v1/packages/{id}`:
 * docs/masv-api.md#changing-and-deleting-a-package. Already deleted counts as success.
 * @returns false if it had been deleted before
 */
export async function deletePackage(client: MasvClient, packageId: string): Promise<boolean> {
	const token = await fetchPackageToken(client, packageId);
	let isRepeat = false;
	try {
		await client.call({
			operation: `delete package ${packageId}`,
			method: 'DELETE',
			path: path`/v1/packages/${packageId}`,
			authorization: { kind: 'package', token },
			recoverResult: () => {
				isRepeat = true;
				return Promise.resolve(undefined);
			},
		});
		return true;
	} catch (error) {
		if (isGone(error)) return isRepeat;
		// Whether MASV accepts this for a package that has expired is not documented.
		if (!isRefusedState(error) || !isDeleted(await fetchPackage(client, packageId))) throw error;
		return isRepeat;
	}
}
