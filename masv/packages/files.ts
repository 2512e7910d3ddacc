import type { z } from 'zod';

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
	const token = await fetchPackageToken(client, packageId, policy);
	return await fetchFilesAs(client, packageId, token, fileSchema, policy);
}

/**
 * The same with a token that is known.
 * @param record decodes each file. What it leaves out is not kept: all of a long list would stay in memory at once
 */
export async function fetchFilesAs<T>(
	client: MasvClient,
	packageId: string,
	token: string,
	record: z.ZodType<T>,
	policy?: RetryPolicy,
): Promise<T[]> {
	const { records } = await client.call({
		operation: 'list the files of the package',
		method: 'GET',
		path: path`/v1/packages/${packageId}/files`,
		authorization: { kind: 'package', token },
		schema: listSchema(record),
		join: (pieces) => ({ total: 0, records: pieces.flatMap(({ records }) => records) }),
		policy,
	});
	return records;
}

/** Whether a file was sent; false for zip archives that MASV generates. */
export function isSentFile({ kind }: MasvFile): boolean {
	return kind?.startsWith('zip_') !== true;
}
