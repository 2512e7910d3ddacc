import type { MasvClient } from '../../../masv/client';
import { defaultBaseUrl } from '../../../masv/credential';
import type { SharedLink } from '../../../masv/download/sharedPackage';
import type { LinkAddress } from '../../../masv/linkAddress';
import { parseLink, serverOf } from '../../../masv/linkAddress';
import type { Authentication } from '../operation';

export const linkUrl = {
	displayName: 'Link',
	name: 'linkUrl',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. https://get.massive.io/01J0VK7K95A2ACFRW3Z93DJ7B2?secret=...',
	description: 'The whole URL of the download link',
} as const;

/** Beside the field of the link, or among options. */
export const server = {
	displayName: 'Server',
	name: 'server',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://api.massive.app',
	description:
		'Base URL of the API. Required only if the link does not lead to get.massive.io or get.massive.app. No request is sent to the host in a link.',
} as const;

/**
 * What the user has entered about a link, and the client for its server: that of the account, or, without one, the one that
 * serves the link, which gets no key.
 * @param entered empty: MASV's own server, no password
 * @throws MasvInputError for what is not a link, or if its server is another one or not known
 */
export function readLink(
	masv: MasvClient,
	authentication: Authentication,
	entered: { linkUrl: string; server?: string; password?: string },
): { client: MasvClient; link: SharedLink } {
	const address = parseLink(entered.linkUrl, linkUrl.displayName);
	const { linkId, secret } = address;
	const password = entered.password === '' ? undefined : entered.password;
	const client = clientFor(masv, authentication, address, entered.server);
	client.secrets.add(password);
	return { client, link: { linkId, secret, password } };
}

function clientFor(
	masv: MasvClient,
	authentication: Authentication,
	address: LinkAddress,
	entered: string | undefined,
): MasvClient {
	if (authentication === 'none') {
		return masv.forServer(serverOf(address, entered ?? '', server.displayName), address.secret);
	}
	serverOf(address, masv.baseUrl === defaultBaseUrl ? '' : masv.baseUrl, 'baseUrl');
	return masv;
}
