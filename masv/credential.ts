import { MasvInputError } from './errors';

export const defaultBaseUrl = 'https://api.massive.app';

/**
 * The URL that the paths of routes are appended to; empty means MASV's own.
 * @throws MasvInputError
 */
export function toBaseUrl(value: string | undefined): string {
	const text = value === undefined || value.trim() === '' ? defaultBaseUrl : value.trim();
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
		throw new MasvInputError(`The base URL "${text}" is not an HTTP(S) URL`, {
			code: 'base_url_malformed',
			field: 'baseUrl',
			hint: `Use ${defaultBaseUrl} unless you connect to another MASV server.`,
		});
	}
	if (url.username !== '' || url.password !== '') {
		throw new MasvInputError('The base URL must not contain a user name or password', {
			code: 'base_url_with_password',
			field: 'baseUrl',
		});
	}
	// MASV's documentation prints it with and without a version; our paths contain it: docs/masv-api.md#base-url-and-versions
	return `${url.origin}${url.pathname}`.replace(/(?<!\/)\/+$/, '').replace(/\/v1(\.1)?$/, '');
}

/** Keys contain punctuation. Only what an HTTP header cannot carry is refused: docs/masv-api.md#api-keys */
export function checkApiKey(value: string): string {
	if (value.trim() === '') {
		throw new MasvInputError('The API key is missing', {
			code: 'api_key_missing',
			field: 'apiKey',
		});
	}
	if (!/^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/.test(value)) {
		throw new MasvInputError(
			'The API key starts or ends with a space, or contains a line break or an invalid character',
			{
				code: 'api_key_malformed',
				field: 'apiKey',
				hint: 'Paste only the key.',
			},
		);
	}
	return value;
}

export function checkTeamId(value: string): string {
	const teamId = value.trim();
	if (teamId === '') {
		throw new MasvInputError('The team ID is missing', {
			code: 'team_id_missing',
			field: 'teamId',
			hint: 'You can find it in the URL of the MASV web app: app.massive.io/{team ID}/...',
		});
	}
	return teamId;
}
