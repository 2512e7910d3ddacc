import type { ClientOptions, MasvClient } from '../../masv/client';
import { apiKey, nockClient } from './nockMasv';

/** For requests that must have the API key, and for those that must have the token of the package P1 and not the key. */
export const withKey = { reqheaders: { 'x-api-key': apiKey } };
export const withToken = { reqheaders: { 'x-package-token': 'token-1' }, badheaders: ['x-api-key'] };

/** A client that knows the token of the package P1. */
export function tokenClient(more: Partial<ClientOptions> = {}): MasvClient {
	const client = nockClient(more);
	client.tokens.set('P1', 'token-1');
	return client;
}
