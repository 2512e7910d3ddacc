import type { MasvErrorCode } from './errorCodes';
import type { TransportResponse } from './transport';
import type { Authorization } from './apiCall';

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Describes an error body in an unknown format: HTML from a proxy, plain text, or an empty body. */
export function describeUnknownBody(response: TransportResponse, json: unknown): string[] {
	const text = response.text.trim();
	if (text === '') return ['(empty response)'];
	if (json === undefined && /^<(!doctype|html)/i.test(text)) {
		const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
		return [title === undefined || title === '' ? '(an HTML page)' : `(an HTML page: ${title})`];
	}
	return [text];
}

/** The error code for a status, which depends on the secret that was sent. */
export function codeOf(status: number, secret: Authorization['kind']): MasvErrorCode {
	if (status === 401 || status === 403) {
		if (secret === 'portal') return 'access_code_rejected';
		if (secret === 'package') return 'package_token_rejected';
		return status === 401 ? 'api_key_rejected' : 'api_key_forbidden';
	}
	if (status === 402) return 'payment_required';
	if (status === 429) return 'rate_limited';
	return status >= 500 ? 'server_error' : 'request_rejected';
}

export function hostOf(url: string): string {
	return new URL(url).host;
}
