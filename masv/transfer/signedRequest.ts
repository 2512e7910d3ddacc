import type { MasvClient } from '../client';
import { MasvApiError } from '../errors';
import type { Blueprint } from '../schemas';
import type { TransportRequest, TransportResponse } from '../transport';

/** Maximum number of renewals of an expired URL. They do not count against the retry budget, as waiting does not help. */
export const maxRenewals = 3;

/** Maximum number of redirects of one request, from one server to the next. */
const maxRedirects = 3;

const setByTransport = /^(host|content-length)$/i;

/**
 * Sends a pre-signed request with the method and headers of the blueprint, except for `host` and `content-length`, which
 * the transport sets. docs/masv-api.md#blueprints
 * @param bytes exact length of a body sent in pieces
 * @param attempt which attempt of the caller this is, from 1
 * @param content where the body of the response goes
 */
export function sendBlueprint(
	client: MasvClient,
	operation: string,
	blueprint: Blueprint,
	{ method, body, bytes, content }: Pick<TransportRequest, 'method' | 'body' | 'content'> & { bytes?: number },
	attempt: number,
): Promise<TransportResponse> {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(blueprint.headers)) if (!setByTransport.test(name)) headers[name] = value;
	if (bytes !== undefined) headers['content-length'] = String(bytes);
	const request = {
		method: blueprint.method ?? method,
		url: blueprint.url,
		headers,
		body,
		...(content !== undefined && { content }),
	};
	return client.storage(operation, request, attempt);
}

/**
 * Sends a pre-signed request, and again where the storage redirects it: with the same method, headers and body.
 * @param send creates a new body for each call
 */
export async function followRedirects<T>(blueprint: Blueprint, send: (blueprint: Blueprint) => Promise<T>): Promise<T> {
	let to = blueprint;
	for (let redirects = 0; ; redirects++) {
		try {
			return await send(to);
		} catch (error) {
			const url = error instanceof MasvApiError ? error.redirectUrl : undefined;
			if (url === undefined || redirects >= maxRedirects) throw error;
			to = { ...blueprint, url };
		}
	}
}
