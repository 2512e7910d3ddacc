import type { TransportResponse } from './transport';
import type { Authorization } from './apiCall';

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Something to say about an error body that has no known form: HTML of a proxy, plain text, nothing. */
export function describeForeignBody(response: TransportResponse, json: unknown): string[] {
	const text = response.text.trim();
	if (text === '') return ['(no explanation)'];
	if (json === undefined && /^<(!doctype|html)/i.test(text)) {
		const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
		return [title === undefined || title === '' ? '(an HTML page)' : `(an HTML page: ${title})`];
	}
	return [text];
}

export function hintFor(status: number, kind: Authorization['kind']): string | undefined {
	if (status === 401 && kind === 'apiKey') {
		return 'Check the API Key of the credential: it may be mistyped, expired, inactive, or of a user who left the team.';
	}
	if (status === 403 && kind === 'apiKey') {
		return 'The API key is known, but its user may not do this in this team. Check the Team ID and the role of the user who made the key.';
	}
	if ((status === 401 || status === 403) && kind === 'portal') {
		return 'If the portal asks for an upload password, select a MASV Portal credential that holds it.';
	}
	if (status === 402) return 'Check the plan and the remaining balance of the MASV team.';
	if (status === 429) return 'MASV asks for fewer requests. Try again later.';
	if (status >= 500) return 'This is trouble on the side of MASV or of a proxy in between. Try again later.';
	return undefined;
}

export function hostOf(url: string): string {
	return new URL(url).host;
}
