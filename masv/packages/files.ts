import type { MasvClient } from '../client';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import type { MasvFile } from '../schemas';
import { fileSchema, listSchema } from '../schemas';
import { fetchPackageToken } from './find';

/**
 * The files of a package, including generated zip archives. `GET /v1/packages/{id}/files`:
 * docs/masv-api.md#listing-the-files-of-a-package
 */
export async function fetchFiles(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<MasvFile[]> {
	return await fetchFilesWith(client, packageId, await fetchPackageToken(client, packageId, policy), policy);
}

/** The same with a token that is known. */
export async function fetchFilesWith(
	client: MasvClient,
	packageId: string,
	token: string,
	policy?: RetryPolicy,
): Promise<MasvFile[]> {
	return await fetchFilesAs(client, packageId, token, (file) => file, policy);
}

/**
 * The same, and each file as `toEntry` returns it. What MASV lists besides is not kept: of a long list, all of it would stay in
 * memory at once.
 */
export async function fetchFilesAs<T>(
	client: MasvClient,
	packageId: string,
	token: string,
	toEntry: (file: MasvFile) => T,
	policy?: RetryPolicy,
): Promise<T[]> {
	const { records } = await client.call({
		operation: 'list the files of the package',
		method: 'GET',
		path: path`/v1/packages/${packageId}/files`,
		authorization: { kind: 'package', token },
		schema: listSchema(fileSchema.transform(toEntry)),
		join: (pieces) => ({ total: 0, records: pieces.flatMap(({ records }) => records) }),
		policy,
	});
	return records;
}

/** Whether a file was sent; false for zip archives that MASV generates. */
export function isSentFile({ kind }: MasvFile): boolean {
	return kind?.startsWith('zip_') !== true;
}
