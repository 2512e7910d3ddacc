import { isGone } from '../answers';
import type { MasvClient } from '../client';
import { path } from '../path';
import { formDataSchema } from '../schemas';
import { undocumented } from '../undocumented';
import { fetchPackageToken } from './find';

/**
 * The values that the sender entered into the form of the portal, by field name. Empty for a package without a form.
 * `GET /v1/packages/{id}/metadata`, known from public clients only: docs/masv-api.md#forms
 */
export async function fetchFormData(client: MasvClient, packageId: string): Promise<Record<string, unknown>> {
	const token = await fetchPackageToken(client, packageId);
	try {
		return await undocumented(
			async () =>
				await client.call({
					operation: 'get the form data of the package',
					method: 'GET',
					path: path`/v1/packages/${packageId}/metadata`,
					authorization: { kind: 'package', token },
					schema: formDataSchema,
				}),
		);
	} catch (error) {
		// The package exists, since its token does.
		if (isGone(error)) return {};
		throw error;
	}
}
