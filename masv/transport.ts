import type { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent, request as send } from 'undici';

import { MasvConnectionError, MasvError, throwIfCancelled } from './errors';

/** One HTTP request. Redirects are not followed: neither MASV nor a pre-signed URL needs them. */
export interface TransportRequest {
	method: string;
	url: string;
	headers: Record<string, string>;
	/** A body of pieces needs an exact `content-length` among the headers. */
	body?: string | Uint8Array | AsyncIterable<Uint8Array>;
	signal?: AbortSignal;
	/** Longest answer that is read, in bytes. */
	maxAnswerBytes: number;
}

export interface TransportResponse {
	status: number;
	/** Names in lower case; repeated headers joined with a comma. */
	headers: Record<string, string>;
	text: string;
}

/**
 * The one door to the network.
 * @throws MasvConnectionError when no whole answer came; MasvCancelledError when the signal aborted.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export interface TransportTimeouts {
	/** To open a connection, TLS included. */
	connectMs: number;
	/** Without a single byte moved in either direction: of the request, or of the answer. Not a limit on the whole. */
	stallMs: number;
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 15_000, stallMs: 60_000 };

/**
 * A dispatcher that keeps connections open between requests and goes through the proxy that HTTP_PROXY, HTTPS_PROXY and
 * NO_PROXY name, as n8n's own requests do.
 */
export function createDispatcher(timeouts: TransportTimeouts = defaultTimeouts): Dispatcher {
	const options = {
		connect: { timeout: timeouts.connectMs },
		// undici starts this clock anew with every chunk the socket takes, so it measures a stall and not the whole request.
		headersTimeout: timeouts.stallMs,
		bodyTimeout: timeouts.stallMs,
		// Each part needs its own connection to be sent in parallel; a busy one must not queue a second request.
		pipelining: 1,
		allowH2: false,
	};
	// Without a proxy the way is the same and shorter: the other one reads the environment again for each request.
	const hasProxy = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'].some((name) => process.env[name]);
	return hasProxy ? new EnvHttpProxyAgent(options) : new Agent(options);
}

let processDispatcher: Dispatcher | undefined;

/** The dispatcher that all nodes of this process share. */
export function sharedDispatcher(): Dispatcher {
	processDispatcher ??= createDispatcher();
	return processDispatcher;
}

/** @param dispatcher default: the one that the process shares */
export function createTransport(dispatcher?: Dispatcher): Transport {
	return async ({ method, url, headers, body, signal, maxAnswerBytes }) => {
		throwIfCancelled(signal);
		let status: number | undefined;
		try {
			const answer = await send(url, {
				method: method,
				headers,
				// undici takes any async iterable; its types name Node's Readable only.
				body: body as string | Uint8Array | Readable | undefined,
				signal,
				dispatcher: dispatcher ?? sharedDispatcher(),
			});
			status = answer.statusCode;
			const flat = flattenHeaders(answer.headers);
			return { status, headers: flat, text: await readText(answer.body, flat['content-length'], maxAnswerBytes) };
		} catch (error) {
			throwIfCancelled(signal);
			throw error instanceof MasvError ? error : toConnectionError(error, url, status);
		}
	};
}

function flattenHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
	const flat: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
	}
	return flat;
}

async function readText(
	body: AsyncIterable<Uint8Array> & { text(): Promise<string> },
	announcedBytes: string | undefined,
	maxBytes: number,
): Promise<string> {
	// The quick way, when it is known beforehand that the answer is not too long.
	if (Number(announcedBytes) <= maxBytes) return await body.text();
	const pieces: Uint8Array[] = [];
	let bytes = 0;
	for await (const piece of body) {
		bytes += piece.length;
		if (bytes > maxBytes) {
			throw new MasvConnectionError(`The answer is longer than ${maxBytes} bytes and was not read to its end`, {
				transient: false,
			});
		}
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString('utf8');
}

interface Trouble {
	says: string;
	hint?: string;
	maybeDone?: boolean;
	transient?: boolean;
}

const checkBaseUrl = 'Check the Base URL of the credential and that n8n may reach it (firewall, proxy).';
const certificate: Trouble = {
	says: 'its certificate is not trusted',
	hint: 'If a company proxy inspects TLS, give its certificate to n8n with NODE_EXTRA_CA_CERTS.',
	maybeDone: false,
	transient: false,
};

/** What Node's and undici's codes mean for people, and what follows from them. */
const troubles: Record<string, Trouble> = {
	ENOTFOUND: { says: 'its name could not be found', hint: checkBaseUrl, maybeDone: false },
	EAI_AGAIN: { says: 'its name could not be looked up', hint: checkBaseUrl, maybeDone: false },
	ECONNREFUSED: { says: 'it refused the connection', hint: checkBaseUrl, maybeDone: false },
	EHOSTUNREACH: { says: 'it cannot be reached', hint: checkBaseUrl, maybeDone: false },
	ENETUNREACH: { says: 'its network cannot be reached', hint: checkBaseUrl, maybeDone: false },
	UND_ERR_CONNECT_TIMEOUT: { says: 'it did not accept the connection in time', hint: checkBaseUrl, maybeDone: false },
	UND_ERR_HEADERS_TIMEOUT: { says: 'nothing moved for too long' },
	UND_ERR_BODY_TIMEOUT: { says: 'its answer stopped for too long' },
	UND_ERR_SOCKET: { says: 'the connection broke off' },
	ECONNRESET: { says: 'the connection was reset' },
	EPIPE: { says: 'the connection was closed while sending' },
	CERT_HAS_EXPIRED: certificate,
	DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
	SELF_SIGNED_CERT_IN_CHAIN: certificate,
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
	ERR_TLS_CERT_ALTNAME_INVALID: certificate,
	ERR_INVALID_URL: { says: 'its address is not a URL', hint: checkBaseUrl, maybeDone: false, transient: false },
	UND_ERR_INVALID_ARG: { says: 'the request is not a valid one', maybeDone: false, transient: false },
};

function toConnectionError(error: unknown, url: string, status: number | undefined): MasvConnectionError {
	const code = errorCode(error);
	const trouble: Trouble = (code === undefined ? undefined : troubles[code]) ?? { says: 'the connection failed' };
	const when = status === undefined ? '' : ` after it had begun to answer (${status})`;
	const shown = code === undefined ? '' : ` [${code}]`;
	return new MasvConnectionError(`No answer from ${hostOf(url)}: ${trouble.says}${when}${shown}`, {
		...trouble,
		// The original is not kept as a whole: undici's errors can carry the request, and with it a signed URL.
		cause: new Error(code ?? (error instanceof Error ? error.name : typeof error)),
	});
}

function errorCode(error: unknown): string | undefined {
	for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
		const { code, errors } = at as { code?: unknown; errors?: unknown };
		if (typeof code === 'string') return code;
		// Happy Eyeballs: one error per address that was tried.
		if (Array.isArray(errors) && errors.length > 0) return errorCode(errors[0]);
	}
	return undefined;
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : 'the given address';
}
