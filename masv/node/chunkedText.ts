import { malformed } from './responseHead';

/**
 * Decodes a chunked body (RFC 9112, 7.1). Only for texts, which are short: it begins anew with each piece that arrives.
 * @param raw all that has arrived
 * @returns the text so far, and where the body ends; undefined as long as it is not complete
 */
export function decodeChunked(raw: Buffer): { text: Buffer; end: number | undefined } {
	const pieces: Buffer[] = [];
	for (let at = 0; ;) {
		const line = lineAt(raw, at);
		if (line === undefined) return { text: Buffer.concat(pieces), end: undefined };
		const digits = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line.text)?.[1];
		if (digits === undefined) throw malformed('the size of a chunk');
		const bytes = parseInt(digits, 16);
		if (bytes === 0) return { text: Buffer.concat(pieces), end: endOfTrailers(raw, line.end) };
		at = line.end + bytes;
		pieces.push(raw.subarray(line.end, at));
		if (raw.length < at + 2) return { text: Buffer.concat(pieces), end: undefined };
		if (raw.toString('latin1', at, at + 2) !== '\r\n') throw malformed('the end of a chunk');
		at += 2;
	}
}

function endOfTrailers(raw: Buffer, start: number): number | undefined {
	for (let line = lineAt(raw, start); line !== undefined; line = lineAt(raw, line.end)) {
		if (line.text === '') return line.end;
	}
	return undefined;
}

function lineAt(raw: Buffer, start: number): { text: string; end: number } | undefined {
	const end = raw.indexOf('\r\n', start);
	return end === -1 ? undefined : { text: raw.toString('latin1', start, end), end: end + 2 };
}
