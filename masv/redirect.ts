import type { TransportRequest, TransportResponse } from './transport';
import { headerOf } from './transport';

const redirects = [301, 302, 303, 307, 308];
/** These keep the method and the body. */
const repeatable = [307, 308];

/** Where a response redirects to. Undefined if it does not. */
export function redirectOf(response: TransportResponse, from: string): URL | undefined {
	const location = headerOf(response, 'location');
	if (!redirects.includes(response.status) || location === undefined || !URL.canParse(location, from)) return undefined;
	return new URL(location, from);
}

/**
 * Where the storage wants the same request again, as S3 does for a new bucket. A GET is the same after any redirect. A signed
 * request that was sent over HTTPS is never repeated over HTTP. docs/masv-api.md#blueprints
 */
export function repeatUrlOf(
	response: TransportResponse,
	{ method, url }: Pick<TransportRequest, 'method' | 'url'>,
): string | undefined {
	const isRepeatable = method === 'GET' || repeatable.includes(response.status);
	const to = isRepeatable ? redirectOf(response, url) : undefined;
	const isSafe = to?.protocol === 'https:' || (to?.protocol === 'http:' && /^http:/i.test(url));
	return isSafe ? to.href : undefined;
}
