import type { MasvClient } from '../client';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import type { Blueprint } from '../schemas';
import { blueprintSchema } from '../schemas';
import type { Place } from '../transfer/places';
import { labelOf } from '../transfer/places';

/**
 * The pre-signed request that reads a file, valid for a limited time. `GET /v1/packages/{id}/files/{id}/download`:
 * docs/masv-api.md#downloading
 * @param token of a link. Whether that of the package itself is accepted is not known
 */
export async function fetchDownload(
	client: MasvClient,
	{ packageId, file, token }: { packageId: string; file: { id: string } & Place; token: string },
	policy?: RetryPolicy,
): Promise<Blueprint> {
	return await client.call({
		operation: `get the download address of "${labelOf(file)}"`,
		method: 'GET',
		path: path`/v1/packages/${packageId}/files/${file.id}/download`,
		authorization: { kind: 'package', token },
		schema: blueprintSchema,
		policy,
	});
}
