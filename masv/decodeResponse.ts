import type { z } from 'zod';

import type { ApiCall } from './apiCall';
import { arrayPieces } from './arrayPieces';
import type { Clock } from './clock';
import { MasvConnectionError } from './errors';
import { describesPage, describeUnknownBody, hostOf, parseJson } from './responseBody';
import type { TransportResponse } from './transport';

/**
 * The body of a successful response. @throws MasvConnectionError if it is not what MASV documents
 */
export function decodeResponse<T>(
	call: ApiCall<T>,
	schema: z.ZodType<T>,
	response: TransportResponse,
	baseUrl: string,
): T {
	const json = parseJson(response.text);
	const isEmpty = response.text.trim() === '';
	const empty = isEmpty ? schema.safeParse(undefined) : undefined;
	if (empty?.success === true) return empty.data;
	if (json === undefined) throw malformed(call, response, baseUrl);
	const decoded = schema.safeParse(json);
	if (decoded.success) return decoded.data;
	const where = decoded.error.issues[0]?.path.join('.') ?? '';
	throw new MasvConnectionError(
		`Could not ${call.operation}. The response from ${hostOf(baseUrl)} does not match what MASV documents${where === '' ? '' : ` (at "${where}")`}`,
		{ code: 'response_undocumented', status: response.status },
	);
}

/**
 * For a response whose body does not matter. @throws MasvConnectionError if it is a page: that is a gateway's, and does not show
 * whether MASV has received the request
 */
export function refusePage(call: ApiCall<unknown>, response: TransportResponse, baseUrl: string): void {
	if (describesPage(describeUnknownBody(response, undefined))) throw malformed(call, response, baseUrl);
}

function malformed(call: ApiCall<unknown>, response: TransportResponse, baseUrl: string): MasvConnectionError {
	const isEmpty = response.text.trim() === '';
	const what = isEmpty ? 'an empty body' : 'a body that is not JSON';
	return new MasvConnectionError(
		`Could not ${call.operation}. ${hostOf(baseUrl)} responded with ${response.status} and ${what}`,
		{
			code: 'response_malformed',
			// A page from a proxy does not show how the server would have responded.
			status: isEmpty ? response.status : undefined,
		},
	);
}

/** Characters. Shorter responses take less time than a timer. */
const longLength = 512 * 1024;

/** The same for a list, with pauses in which other work of the process can go on if it is long. */
export async function decodeList<T>(
	call: ApiCall<T>,
	schema: z.ZodType<T>,
	join: (pieces: T[]) => T,
	response: TransportResponse,
	{ baseUrl, clock, signal }: { baseUrl: string; clock: Pick<Clock, 'sleep'>; signal: AbortSignal | undefined },
): Promise<T> {
	const decodeAll = (): T => decodeResponse(call, schema, response, baseUrl);
	if (response.pieces === undefined && response.text.length < longLength) return decodeAll();
	const decoded: T[] = [];
	const pieces = arrayPieces(response.pieces === undefined ? [response.text] : textsOf(response.pieces));
	for (;;) {
		let piece: IteratorResult<unknown[], void>;
		try {
			piece = pieces.next();
		} catch {
			// No array, such as a page of a list, or no JSON.
			return decodeAll();
		}
		if (piece.done === true) return join(decoded);
		const { success, data } = schema.safeParse(piece.value);
		// So that the error is that of the whole list.
		if (!success) return decodeAll();
		decoded.push(data);
		await clock.sleep(0, signal);
	}
}

function* textsOf(pieces: readonly Uint8Array[]): Generator<string> {
	const utf8 = new TextDecoder();
	for (const piece of pieces) yield utf8.decode(piece, { stream: true });
	yield utf8.decode();
}
