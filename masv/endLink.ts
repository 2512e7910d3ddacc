import type { MasvClient } from './client';
import { disableLink } from './links';
import { fetchPackageToken } from './packages/find';
import { UndocumentedRouteError, undocumented } from './undocumented';

/**
 * Disables a link of a package for good. Already disabled counts as success. The route is inferred:
 * docs/masv-api.md#disabling-a-link
 * @throws UndocumentedRouteError if MASV has no such link, or no such route: its response to both is the same
 */
export async function endLink(
	client: MasvClient,
	packageId: string,
	linkId: string,
): Promise<{ id: string; package_id: string; disabled: true }> {
	const token = await fetchPackageToken(client, packageId);
	const isDisabled = await undocumented(async () => await disableLink(client, linkId, token));
	if (isDisabled) return { id: linkId, package_id: packageId, disabled: true };
	throw new UndocumentedRouteError(`disable link ${linkId}`, {
		reason: 'There is no such link, or the MASV server cannot disable links',
		hint: 'Check the ID of the link. MASV does not document how links are disabled; you can do it in the MASV web app.',
	});
}
