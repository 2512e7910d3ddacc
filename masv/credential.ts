import { MasvInputError } from './errors';
import { escapeUrl } from './escapeUrl';
import { trimEnds } from './trimEnds';

export const defaultBaseUrl = 'https://api.massive.app';

/**
 * The URL that the paths of routes are appended to; empty means MASV's own.
 * @param field of the error
 * @throws MasvInputError
 */
export function toBaseUrl(value: string | undefined, field = 'baseUrl'): string {
	const text = value === undefined || value.trim() === '' ? defaultBaseUrl : value.trim();
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
		// It may contain a password.
		const shown = text.includes('@') ? '' : ` "${text}"`;
		throw new MasvInputError(`The base URL${shown} is not an HTTP(S) URL`, {
			code: 'base_url_malformed',
			field,
			hint: `Use ${defaultBaseUrl} unless you connect to another MASV server.`,
		});
	}
	if (url.username !== '' || url.password !== '') {
		throw new MasvInputError('The base URL must not contain a user name or password', {
			code: 'base_url_with_password',
			field,
		});
	}
	// MASV's documentation prints it with and without a version; our paths contain it: docs/masv-api.md#base-url-and-versions
	return trimEnds(`${url.origin}${url.pathname}`, { end: /\// }).replace(/\/v1(\.1)?$/, '');
}

/** White space, and characters without width that come along when text is copied from a web page or a document. */
const pasted = /[\s\u200b-\u200f\u2060]/;
const around = { start: pasted, end: pasted };

/**
 * The key without what was pasted around it. Keys contain punctuation, and spaces are possible; only what an HTTP header
 * cannot carry is refused: docs/masv-api.md#api-keys
 */
export function checkApiKey(value: string): string {
	const key = trimEnds(value, around);
	if (key === '') {
		throw new MasvInputError('The API key is missing', {
			code: 'api_key_missing',
			field: 'apiKey',
		});
	}
	if (!/^[\u0020-\u007e]+$/.test(key)) {
		throw new MasvInputError('The API key contains a line break or an invalid character', {
			code: 'api_key_malformed',
			field: 'apiKey',
			hint: 'Paste only the key.',
		});
	}
	return key;
}

/** For hints. */
export const whereTeamIdIs = 'You can find it in the URL of the MASV web app: app.massive.io/{team ID}/…';

/**
 * The team ID, which may be given as a URL of the web app that contains it: docs/masv-api.md#teams-and-members
 * @throws MasvInputError
 */
export function checkTeamId(value: string): string {
	const text = trimEnds(value, around);
	if (text === '') {
		throw new MasvInputError('The team ID is missing', {
			code: 'team_id_missing',
			field: 'teamId',
			hint: whereTeamIdIs,
		});
	}
	const parts = text.replace(/^https?:\/\//i, '').split(/[/?#]/);
	const [teamId = ''] = parts[0]?.includes('.') === true ? parts.slice(1) : parts.filter((part) => part !== '');
	if (teamId !== '' && !/\s/.test(teamId)) return teamId;
	throw new MasvInputError(`"${text}" contains no team ID`, {
		code: 'id_malformed',
		field: 'teamId',
		hint: whereTeamIdIs,
	});
}

/** An upload password without the line breaks that were pasted around it. Spaces may belong to it. */
export function toAccessCode(value: string): string {
	return trimEnds(value, { start: /[\r\n]/, end: /[\r\n]/ });
}

/**
 * A password as the value of a header, which cannot carry every character. MASV does not document how it reads the password
 * of a link: docs/masv-api.md#looking-up-a-link
 */
export function toHeaderText(password: string): string {
	return /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/.test(password) ? password : escapeUrl(password);
}
