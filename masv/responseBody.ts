import type { TransportResponse } from './transport';

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** How the description of an HTML page begins. MASV's API responds in JSON. */
const htmlPage = '(an HTML page';

/** What may precede the first tag of a page: an XML declaration, and comments. */
const htmlStart = /^(?:<\?[^>]*>\s*|<!--[^>]*-->\s*)*<(?:!doctype html|html|head)\b/i;

/** Describes an error body in an unknown format: HTML from a proxy, plain text, or an empty body. */
export function describeUnknownBody(response: TransportResponse, json: unknown): string[] {
	const text = response.text.trim();
	if (text === '') return ['(empty response)'];
	if (json === undefined && htmlStart.test(text)) {
		const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
		return [title === undefined || title === '' ? `${htmlPage})` : `${htmlPage}: ${title})`];
	}
	return [text];
}

/** Whether the details of an error describe an HTML page, see {@link describeUnknownBody}. */
export function describesPage(details: readonly string[]): boolean {
	return details.some((text) => text.startsWith(htmlPage));
}

export function hostOf(url: string): string {
	return new URL(url).host;
}
