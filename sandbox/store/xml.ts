import type { Answer } from '../http/answer.ts';
import type { StoreFailure } from './storeFailure.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/**
 * An XML response with S3's namespace on its root. `content` maps element names to text; `raw` is appended as it is.
 */
export function xmlAnswer(status: number, root: string, content: Record<string, string>, raw = ''): Answer {
	return xml(status, `<${root} xmlns="${namespace}">${elements(content)}${raw}</${root}>`);
}

/** S3's error document, which has no namespace. */
export function xmlFailure(failure: StoreFailure, resource: string, requestId: string): Answer {
	const content = { Code: failure.code, Message: failure.message, Resource: resource, RequestId: requestId };
	return xml(failure.status, `<Error>${elements(content)}</Error>`);
}

export function elements(content: Record<string, string>): string {
	return Object.entries(content)
		.map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
		.join('');
}

/** Text of every element with this name. */
export function textsOf(xmlText: string, name: string): string[] {
	return [...xmlText.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((match) =>
		unescapeXml(match[1] ?? ''),
	);
}

function xml(status: number, body: string): Answer {
	return {
		status,
		headers: { 'content-type': 'application/xml' },
		body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
	};
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export function escapeXml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function unescapeXml(text: string): string {
	const characters = Object.fromEntries(Object.entries(entities).map(([character, entity]) => [entity, character]));
	return text.replace(/&#(\d+);|&\w+;/g, (entity, code: string | undefined) =>
		code === undefined ? (characters[entity] ?? entity) : String.fromCodePoint(Number(code)),
	);
}
