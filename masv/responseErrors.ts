import type { z } from 'zod';

import type { ApiCall } from './apiCall';
import { apiErrorCode, storageErrorCode } from './apiErrorCode';
import type { Clock } from './clock';
import { MasvApiError } from './errors';
import { redirectOf, repeatUrlOf } from './redirect';
import { signedValues } from './redaction/signedValues';
import { describesPage, describeUnknownBody, parseJson } from './responseBody';
import { parseRetryAfter } from './retry';
import { errorBodySchema } from './schemas';
import type { Secrets } from './secrets';
import { maxShownLength, toShown } from './shownText';
import type { TransportRequest, TransportResponse } from './transport';
import { headerOf } from './transport';
import { xmlElement } from './xmlElement';

/** A response may complain about each of thousands of values. */
const maxDetails = 10;
/** Far more than is shown. Texts are compared with each other, which of megabytes would take minutes. */
const maxReadLength = 16 * 1024;

/** What the client that has received a response knows. */
interface Receiver {
	baseUrl: string;
	clock: Pick<Clock, 'now'>;
	secrets: Secrets;
}

/** The error of a call that MASV rejected. */
export function toApiError(
	call: ApiCall<unknown>,
	response: TransportResponse,
	{ baseUrl, clock, secrets }: Receiver,
): MasvApiError {
	const json = parseJson(response.text);
	const body = errorBodySchema.safeParse(json).data;
	const entries = body?.errors ?? [];
	const texts = [body?.message, ...entries.map(saidIn), body?.error];
	const said = texts.flatMap((text) =>
		text === undefined || text.trim() === '' ? [] : [text.slice(0, maxReadLength)],
	);
	const distinct = [...new Set(said)].slice(0, maxDetails);
	// MASV's message often repeats what its list of errors contains.
	const details = distinct
		.filter((text) => !distinct.some((other) => other !== text && other.includes(text)))
		.map((text) => withFacts(text, entries));
	const redirect = redirectOf(response, `${baseUrl}${call.path}`);
	const redirectedTo = redirect === undefined ? undefined : `${redirect.origin}${redirect.pathname}`;
	if (redirectedTo !== undefined) details.unshift(`it redirects to ${redirectedTo}`);
	if (details.length === 0) details.push(...describeUnknownBody(response, json));
	const serviceCode = body?.code ?? body?.errors?.[0]?.code;
	const requestId = headerOf(response, 'x-request-id');
	return new MasvApiError({
		code:
			redirectedTo === undefined
				? apiErrorCode(response.status, call.authorization?.kind ?? 'apiKey', describesPage(details))
				: 'base_url_redirected',
		// Not followed: an API key is sent only to a server that someone has entered.
		hint:
			redirectedTo === undefined
				? undefined
				: `If that is your MASV server, set the base URL to ${toShown(secrets, redirectedTo.replace(call.path, ''))}.`,
		operation: call.operation,
		service: 'MASV',
		status: response.status,
		serviceCode: serviceCode === undefined ? undefined : toShown(secrets, String(serviceCode), 100),
		details: details.map((text) => toShown(secrets, text)),
		retryAfterMs: retryAfterOf(response, clock),
		requestId: requestId === undefined ? undefined : toShown(secrets, requestId, 100),
	});
}

type ErrorEntry = NonNullable<z.infer<typeof errorBodySchema>['errors']>[number];

/** A text with what else the entries about it contain, which may name the field: docs/masv-api.md#error-bodies */
function withFacts(text: string, entries: ErrorEntry[]): string {
	const isAbout = (said: string | undefined): boolean => said !== undefined && said !== '' && text.includes(said);
	const facts = entries.filter((entry) => isAbout(saidIn(entry))).flatMap((entry) => factsOf(entry, text));
	const distinct = [...new Set(facts)].slice(0, maxDetails);
	return distinct.length === 0 ? text : `${text} (${distinct.join(', ')})`;
}

function saidIn({ msg, message }: ErrorEntry): string | undefined {
	return (msg ?? message)?.slice(0, maxReadLength);
}

function factsOf(
	{ code: _code, type: _type, msg: _msg, message: _message, ...more }: ErrorEntry,
	text: string,
): string[] {
	const texts = Object.entries(more).filter(([, value]) => typeof value === 'string' && !text.includes(value));
	return texts.map(([name, value]) => `${name}: ${String(value)}`);
}

/** The error of a pre-signed request that the storage rejected. */
export function toStorageError(
	operation: string,
	request: Pick<TransportRequest, 'method' | 'url' | 'headers'>,
	response: TransportResponse,
	{ clock, secrets }: Receiver,
): MasvApiError {
	const also = signedValues(request);
	const serviceCode = xmlElement(response.text, 'Code');
	const detail = [serviceCode, xmlElement(response.text, 'Message')].filter((text) => text !== undefined).join(': ');
	// Its host only: the rest may be signed.
	const redirect = redirectOf(response, request.url);
	const said = redirect === undefined ? describeUnknownBody(response, undefined) : [`it redirects to ${redirect.host}`];
	const requestId = headerOf(response, 'x-amz-request-id');
	return new MasvApiError({
		code: storageErrorCode(response.status),
		operation,
		service: 'MASV storage',
		status: response.status,
		serviceCode: serviceCode === undefined ? undefined : toShown(secrets, serviceCode, 100, also),
		details: (detail === '' ? said : [detail]).map((text) => toShown(secrets, text, maxShownLength, also)),
		retryAfterMs: retryAfterOf(response, clock),
		requestId: requestId === undefined ? undefined : toShown(secrets, requestId, 100, also),
		redirectUrl: repeatUrlOf(response, request),
	});
}

function retryAfterOf(response: TransportResponse, clock: Pick<Clock, 'now'>): number | undefined {
	return parseRetryAfter(headerOf(response, 'retry-after'), { date: headerOf(response, 'date'), nowMs: clock.now() });
}
