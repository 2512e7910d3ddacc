import type { MasvClient } from './client';
import { MasvError } from './errors';
import { disableLink } from './links';
import { fetchPackageToken } from './packages/find';

/**
 * Disables a link of a package for good. Already disabled counts as success. The route is inferred:
 * docs/masv-api.md#disabling-a-link
 * @throws MasvError if MASV has no such link, or no such route: its response to both is the same
 */
export async function endLink(
	client: MasvClient,
	packageId: string,
	linkId: string,
): Promise<{ id: string; package_id: string; disabled: true }> {
	const token = await fetchPackageToken(client, packageId);
	if (await disableLink(client, linkId, token)) return { id: linkId, package_id: packageId, disabled: true };
	throw new MasvError(
		`Could not disable link ${linkId}. There is no such link, or the MASV server cannot disable links`,
		{
			code: 'route_undocumented',
			hint: 'Check the ID of the link. MASV does not document how links are disabled; you can do it in the MASV web app.',
		},
	);
}
