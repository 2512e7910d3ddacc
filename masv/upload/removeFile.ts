import { isGoneOrUndeletable } from '../answers';
import { MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage } from '../retry';
import type { PackageAccess } from '../transfer/packageAccess';
import { cleanUpClient } from './cleanUp';

/**
 * `DELETE /v1/packages/{package}/files/{file}`. The route is not documented, only that the token permits removing files, so
 * a server without it is no error: the list of files shows whether the file is gone. docs/masv-api.md#removing-a-file
 */
export async function removeFile(
	{ client, packageId, token, policy, guard }: PackageAccess,
	fileId: string,
): Promise<void> {
	await guard.check();
	try {
		await client.call({
			operation: 'remove an unfinished file from the package',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
	} catch (error) {
		if (!isGoneOrUndeletable(error)) throw error;
	}
}

/** Removes a file that could not be completed. If this fails too, that error becomes the cause of the first one. */
export async function removeAfterFailure(access: PackageAccess, fileId: string, first: unknown): Promise<void> {
	try {
		const client = cleanUpClient(access.client);
		await removeFile({ ...access, client, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
	}
}
