import { isGone, isHtmlPage } from '../answers';
import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { RetryPolicy } from '../retry';
import type { Portal } from '../schemas';
import { fetchPublicPortal } from './portals';

/** docs/masv-api.md#dates-and-ids */
const idForm = /^[0-9A-Z]{26}$/;

/** Whether it is an ID, which nobody can look up. */
export function isPortalId(address: string): boolean {
	return idForm.test(address.trim());
}

/**
 * `https://second-unit.portal.massive.io/embed`, `second-unit.portal.massive.io` and `second-unit` all refer to
 * the same portal.
 */
export function toSubdomain(address: string): string {
	const host = address
		.trim()
		.replace(/^https?:\/\//i, '')
		.split(/[/:?#]/)[0];
	return (host ?? '').split('.')[0]?.toLowerCase() ?? '';
}

/**
 * The portal at an address, with those of its rules that MASV shows to everyone: docs/masv-api.md#portal-by-subdomain. Of an
 * ID, only the ID is known.
 * @param address URL, subdomain or ID
 * @throws MasvInputError if there is no such portal, MasvApiError, MasvConnectionError
 */
export async function findPortalAt(client: MasvClient, address: string, policy?: RetryPolicy): Promise<Portal> {
	if (isPortalId(address)) return { id: address.trim() };
	const subdomain = toSubdomain(address);
	if (subdomain === '') {
		throw new MasvInputError('The portal URL is missing', {
			code: 'value_missing',
			field: 'portalAddress',
			hint: 'Enter the URL that senders open, such as https://name.portal.massive.io.',
		});
	}
	try {
		return await fetchPublicPortal(client, subdomain, policy);
	} catch (error) {
		if (!isGone(error) || isHtmlPage(error)) throw error;
		throw new MasvInputError(`There is no portal "${subdomain}"`, {
			code: 'portal_address_unknown',
			field: 'portalAddress',
			hint: 'Check the Portal URL.',
			cause: error,
		});
	}
}
