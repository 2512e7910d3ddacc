import { isGone, isGoneOrUndeletable } from '../answers';
import { MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage } from '../retry';
import type { PackageAccess } from '../transfer/packageAccess';
import { cleanUpClient } from './cleanUp';

/**
 * `DELETE /v1/packages/{package}/files/{file}`. The route is not documented, only that the token permits removing files, so
 * a server without it is no error: the list of files shows whether the file is gone. docs/masv-api.md#removing-a-file
 * @returns false if the server does not have the route
 */
export async function removeFile(
	{ client, packageId, token, policy }: PackageAccess,
	fileId: string,
): Promise<boolean> {
	try {
		await client.call({
			operation: 'remove an unfinished file from the package',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
		return true;
	} catch (error) {
		if (isGone(error)) return true;
		if (isGoneOrUndeletable(error)) return false;
		throw error;
	}
}

/**
 * Removes a file that could not be completed. If this fails too, that error becomes the cause of the first one.
 * @returns whether MASV has confirmed it
 */
export async function removeAfterFailure(access: PackageAccess, fileId: string, first: unknown): Promise<boolean> {
	try {
		const client = cleanUpClient(access.client);
		return await removeFile({ ...access, client, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
		return false;
	}
}
