import { MasvInputError } from './errors';

export const defaultBaseUrl = 'https://api.massive.app';

/**
 * The address that routes are added to; empty means MASV's own.
 * @throws MasvInputError
 */
export function toBaseUrl(value: string | undefined): string {
	const text = value === undefined || value.trim() === '' ? defaultBaseUrl : value.trim();
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
		throw new MasvInputError(`The Base URL "${text}" is not an http(s) address`, {
			code: 'base_url_malformed',
			field: 'baseUrl',
			hint: `Leave it at ${defaultBaseUrl} unless you use another MASV server.`,
		});
	}
	if (url.username !== '' || url.password !== '') {
		throw new MasvInputError('The Base URL must not hold a user name or password', {
			code: 'base_url_with_password',
			field: 'baseUrl',
		});
	}
	// MASV's own pages name the base with and without its version; routes carry theirs, so one must go.
	return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1(\.1)?$/, '');
}

/** Keys hold punctuation of every kind and are kept as they are; only what no HTTP header can carry is refused. */
export function checkApiKey(value: string): string {
	if (value.trim() === '') {
		throw new MasvInputError('The credential has no API key', {
			code: 'api_key_missing',
			field: 'apiKey',
		});
	}
	if (!/^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/.test(value)) {
		throw new MasvInputError(
			'The API key begins or ends with a blank, or holds a line break or a character that no API key has',
			{
				code: 'api_key_malformed',
				field: 'apiKey',
				hint: 'Paste the key again, without what stood around it.',
			},
		);
	}
	return value;
}

export function checkTeamId(value: string): string {
	const teamId = value.trim();
	if (teamId === '') {
		throw new MasvInputError('The credential has no team ID', {
			code: 'team_id_missing',
			field: 'teamId',
			hint: 'It stands in the address of the MASV web app: app.massive.io/{team ID}/...',
		});
	}
	return teamId;
}
