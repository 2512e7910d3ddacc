import { isGone, isLasting, isServerError } from '../answers';
import { MasvApiError, MasvError } from '../errors';
import { path } from '../path';
import { halfAMinuteOfOutage, minuteOfLag } from '../retry';
import { askAgain } from '../transfer/askAgain';
import type { PackageAccess } from '../transfer/packageAccess';
import { cleanUpClient } from '../transfer/cleanUp';

/**
 * What became of a request to remove a file. `refused`: MASV does not remove this one. `failing`: it responds with an error
 * for as long as the policy permits, and probably does so for others too. The list of files shows whether the file is gone.
 */
export type Removal = 'removed' | 'refused' | 'failing';

/** @throws errors that say nothing about the file: of the connection, the key, the account, or the guard */
export async function removeFile(access: PackageAccess, fileId: string): Promise<Removal> {
	try {
		await requestRemoval(access, fileId);
		return 'removed';
	} catch (error) {
		if (error instanceof MasvApiError && isLasting(error)) return 'refused';
		if (isServerError(error)) return 'failing';
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
		await requestRemoval({ ...access, client, policy: halfAMinuteOfOutage }, fileId);
		return true;
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
		return false;
	}
}

/**
 * `DELETE /v1/packages/{package}/files/{file}`. The route is not documented, only that the token permits removing files, so
 * a server may lack it or refuse it. Already removed counts as success. docs/masv-api.md#removing-a-file
 */
async function requestRemoval({ client, packageId, token, policy }: PackageAccess, fileId: string): Promise<void> {
	const request = async (): Promise<void> =>
		await client.call({
			operation: 'remove an unfinished file from the package',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
	try {
		// A server that lacks the route may say so with a page, so this does not take as long as an outage.
		await askAgain(client, minuteOfLag(policy), request);
	} catch (error) {
		if (!isGone(error)) throw error;
	}
}
