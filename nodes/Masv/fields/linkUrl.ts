import type { MasvClient } from '../../../masv/client';
import { defaultBaseUrl } from '../../../masv/credential';
import type { LinkAddress } from '../../../masv/linkAddress';
import { parseLink, serverOf } from '../../../masv/linkAddress';

export const linkUrl = {
	displayName: 'Link',
	name: 'linkUrl',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. https://get.massive.io/01J0VK7K95A2ACFRW3Z93DJ7B2?secret=...',
	description: 'The whole URL of the download link',
} as const;

/** @throws MasvInputError for a link that the server of the client does not have */
export function readLinkUrl(masv: MasvClient, text: string): LinkAddress {
	const address = parseLink(text, linkUrl.displayName);
	serverOf(address, masv.baseUrl === defaultBaseUrl ? '' : masv.baseUrl, linkUrl.displayName);
	return address;
}
