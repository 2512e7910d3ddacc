import { isGone, isHtmlPage } from '../answers';
import type { MasvClient } from '../client';
import { defaultBaseUrl } from '../credential';
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

/** Where MASV has portals: docs/masv-api.md#portals */
const masvPortal = /^[^.]+\.portal\.massive\.(?:io|app)$/;

const enterUrl = 'Enter the URL that senders open, such as https://name.portal.massive.io.';

/**
 * `https://second-unit.portal.massive.io/embed`, `second-unit.portal.massive.io` and `second-unit` all refer to
 * the same portal. The hosts of portals of another server are not known.
 * @param field of the error
 * @throws MasvInputError for the URL of something else: a portal of somebody else may have the same subdomain
 */
export function toSubdomain({ baseUrl }: Pick<MasvClient, 'baseUrl'>, address: string, field: string): string {
	const host = address
		.trim()
		.replace(/^https?:\/\//i, '')
		.split(/[/:?#]/)[0]
		?.toLowerCase();
	const [subdomain = '', ...domain] = (host ?? '').split('.');
	if (domain.length > 0 && baseUrl === defaultBaseUrl && !masvPortal.test(host ?? '')) {
		throw new MasvInputError(`"${host}" is not the address of a MASV portal`, {
			code: 'portal_address_unknown',
			field,
			hint: enterUrl,
		});
	}
	return subdomain;
}

/**
 * The portal at an address, with those of its rules that MASV shows to everyone: docs/masv-api.md#portal-by-subdomain. Of an
 * ID, only the ID is known.
 * @param address URL, subdomain or ID
 * @throws MasvInputError if there is no such portal, MasvApiError, MasvConnectionError
 */
export async function findPortalAt(client: MasvClient, address: string, policy?: RetryPolicy): Promise<Portal> {
	if (isPortalId(address)) return { id: address.trim() };
	const subdomain = toSubdomain(client, address, 'portalAddress');
	if (subdomain === '') {
		throw new MasvInputError('The portal URL is missing', {
			code: 'value_missing',
			field: 'portalAddress',
			hint: enterUrl,
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
