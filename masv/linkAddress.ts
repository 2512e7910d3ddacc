import { defaultBaseUrl, toBaseUrl } from './credential';
import { MasvInputError } from './errors';
import { escapeUrl } from './escapeUrl';
import { trimEnds } from './trimEnds';

/** A link to a package, as people get it. */
export interface LinkAddress {
	linkId: string;
	/** Never shown. */
	secret: string;
	/** In lower case. */
	host: string;
}

/** MASV's own, which serves the links of all teams: docs/masv-api.md#creating-a-link */
const masvHosts = new Set(['get.massive.io', 'get.massive.app']);

/** What comes along when a link is copied from a text: quotes, brackets, the end of a sentence. */
const around = { start: /[\s"'<>()\u200b]/, end: /[\s"'<>(),.;\u200b]/ };

/**
 * Reads the URL that people open. Further parameters are ignored.
 * @param field of the error
 * @throws MasvInputError, which does not show the text: it may contain a secret
 */
export function parseLink(text: string, field: string): LinkAddress {
	const bare = trimEnds(text, around).replaceAll('&amp;', '&');
	const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare) ? bare : `https://${bare}`;
	const url = URL.canParse(address) ? new URL(address) : undefined;
	const linkId = url === undefined ? '' : decode(url.pathname.split('/').find((part) => part !== '') ?? '');
	const secret = url?.searchParams.get('secret') ?? '';
	const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
	if (url === undefined || !isWeb || linkId === '' || secret === '') {
		throw new MasvInputError('This is not the whole URL of a download link', {
			code: 'link_malformed',
			field,
			hint: 'Copy the whole link, such as https://get.massive.io/01J0VK7K95A2ACFRW3Z93DJ7B2?secret=...',
		});
	}
	return { linkId, secret, host: url.host };
}

/**
 * Which server to ask for a link. The host of a link is a page for people and never asked: whoever sends a link could have
 * n8n send requests anywhere.
 * @param server the base URL that the user has entered; empty: MASV
 * @throws MasvInputError for the link of another host if no server was entered
 */
export function serverOf({ host }: LinkAddress, server: string, field: string): string {
	if (server.trim() !== '') return toBaseUrl(server, field);
	if (masvHosts.has(host)) return defaultBaseUrl;
	throw new MasvInputError(`The link leads to ${host}, not to MASV`, {
		code: 'link_server_missing',
		field,
		hint: 'If this is a MASV server of your own, enter the base URL of its API.',
	});
}

/** The URL that people open: docs/masv-api.md#creating-a-link */
export function linkUrl(linkId: string, secret: string): string {
	return `https://get.massive.io/${escapeUrl(linkId)}?secret=${escapeUrl(secret)}`;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
