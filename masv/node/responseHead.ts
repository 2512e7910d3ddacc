import type { ResponseHead, ResponseHeaders } from '../transport';
import { trimEnds } from '../trimEnds';
import { InvalidResponse } from './httpFailure';

/** Of a response, up to the empty line. As much as undici reads. */
export const maxHeadBytes = 16 * 1024;

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
/** RFC 9110, 5.1: no blank before the colon, which proxies understand in different ways. */
const headerLine = /^([!#$%&'*+\-.^_`|~0-9a-z]+):(.*)$/i;
const blanks = { start: /[ \t]/, end: /[ \t]/ };

/** The head of an HTTP/1.1 response, and what it says about the body (RFC 9112, 6.3). */
export interface ParsedHead extends ResponseHead {
	/** `length`: exactly so many bytes. `chunked`: in chunks. `end`: until the connection ends. */
	body: { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'end' };
	/** Whether the connection can be used again after the body. */
	keepsAlive: boolean;
}

/**
 * @param text the head in Latin-1, without the empty line
 * @throws InvalidResponse
 */
export function parseHead(text: string): ParsedHead {
	const [first = '', ...lines] = text.split('\r\n');
	const [, minor, digits] = statusLine.exec(first) ?? [];
	if (digits === undefined) throw malformed('the status line');
	// Without a prototype: the server chooses the names.
	const headers = Object.create(null) as ResponseHeaders;
	for (const line of lines) {
		const [, name, value] = headerLine.exec(line) ?? [];
		if (name === undefined || value === undefined) throw malformed('a header');
		add(headers, name.toLowerCase(), trimEnds(value, blanks));
	}
	const status = Number(digits);
	const connection = joined(headers.connection).toLowerCase();
	const body = bodyOf(status, headers);
	return { status, headers, body, keepsAlive: minor === '1' && !connection.includes('close') && body.kind !== 'end' };
}

function bodyOf(status: number, headers: ResponseHeaders): ParsedHead['body'] {
	if (status === 204 || status === 304) return { kind: 'length', bytes: 0 };
	const coding = headers['transfer-encoding'];
	const length = headers['content-length'];
	// A response that says both may be an attack on whoever reads it otherwise than a proxy before (RFC 9112, 6.1).
	if (coding !== undefined && length !== undefined) throw malformed('two lengths');
	if (coding !== undefined) {
		if (joined(coding).toLowerCase() !== 'chunked') throw malformed('the transfer encoding');
		return { kind: 'chunked' };
	}
	if (length === undefined) return { kind: 'end' };
	if (typeof length !== 'string' || !/^\d{1,15}$/.test(length)) throw malformed('the length');
	return { kind: 'length', bytes: Number(length) };
}

function add(headers: ResponseHeaders, name: string, value: string): void {
	const known = headers[name];
	if (known === undefined) headers[name] = value;
	else headers[name] = [...(Array.isArray(known) ? known : [known]), value];
}

function joined(value: string | string[] | undefined): string {
	return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

export function malformed(what: string): Error {
	return new InvalidResponse(`Invalid response: ${what}`);
}
