import { isGone, isLasting, isRefusedState } from '../answers';
import type { ApiCall } from '../apiCall';
import type { MasvClient } from '../client';
import type { Deletion } from '../deleteOnce';
import { deleteOnce } from '../deleteOnce';
import { MasvApiError } from '../errors';
import { path } from '../path';
import type { MasvPackage } from '../schemas';
import { packageSchema } from '../schemas';
import { isDeleted } from './deleted';
import { fetchPackage, fetchPackageToken } from './find';

/** `PUT /v1/packages/{id}`: docs/masv-api.md#changing-and-deleting-a-package */
export async function renamePackage(client: MasvClient, packageId: string, name: string): Promise<MasvPackage> {
	return await updatePackage(client, packageId, {
		operation: `rename package ${packageId}`,
		path: path`/v1/packages/${packageId}`,
		body: { name },
	});
}

/**
 * Gives the package that an earlier run has created the texts of this one. MASV only lets the name be changed, and keeps that of a
 * finalized package: docs/masv-api.md#changing-and-deleting-a-package
 * @param onWarning called for a text that stays as it is
 */
export async function updateTexts(
	client: MasvClient,
	found: MasvPackage,
	{ name, description }: { name: string; description: string },
	onWarning?: (text: string) => void,
): Promise<MasvPackage> {
	const { id, state } = found;
	if (typeof found.description === 'string' && found.description !== description) {
		onWarning?.(`Package ${id} keeps the message from when its upload began.`);
	}
	if (state === 'finalized' || found.name === name) return found;
	try {
		// What else the response shows may be less than what is known.
		return { ...found, name: (await renamePackage(client, id, name)).name ?? name };
	} catch (error) {
		// A name that MASV does not change is no reason to send everything again.
		if (!(error instanceof MasvApiError) || !isLasting(error)) throw error;
		onWarning?.(`Package ${id} keeps the name "${found.name}" from when its upload began: ${error.message}`);
		return found;
	}
}

/** An update of a package, after which MASV returns it. Without a body, it is read. */
export async function updatePackage(
	client: MasvClient,
	packageId: string,
	call: Pick<ApiCall<unknown>, 'operation' | 'path' | 'body'>,
): Promise<MasvPackage> {
	const token = await fetchPackageToken(client, packageId);
	const updated = await client.call({
		...call,
		method: 'PUT',
		authorization: { kind: 'package', token },
		schema: packageSchema.optional(),
	});
	return updated ?? (await fetchPackage(client, packageId));
}

/**
 * Deletes a package; its record is kept as expired. `DELETE /v1/packages/{id}`:
 * docs/masv-api.md#changing-and-deleting-a-package
 */
export async function deletePackage(client: MasvClient, packageId: string): Promise<Deletion> {
	const token = await fetchPackageToken(client, packageId);
	const call = {
		operation: `delete package ${packageId}`,
		path: path`/v1/packages/${packageId}`,
		authorization: { kind: 'package', token },
	} as const;
	// Whether MASV accepts this for a package that has expired is not documented.
	const isDone = async (rejection: unknown): Promise<boolean> =>
		isGone(rejection) || (isRefusedState(rejection) && isDeleted(await fetchPackage(client, packageId)));
	return await deleteOnce(client, packageId, call, { isDone });
}
