import type { MasvClient } from '../client';
import { path } from '../path';
import type { MasvPackage } from '../schemas';
import { packageSchema } from '../schemas';
import { fetchPackageToken } from './find';
import { isGone } from '../answers';

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
 */
export async function deletePackage(client: MasvClient, packageId: string): Promise<void> {
	const token = await fetchPackageToken(client, packageId);
	try {
		await client.call({
			operation: `delete package ${packageId}`,
			method: 'DELETE',
			path: path`/v1/packages/${packageId}`,
			authorization: { kind: 'package', token },
		});
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}
