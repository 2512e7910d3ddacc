import type { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent } from 'undici';

import { MasvConnectionError, MasvError, throwIfCancelled } from './errors';

/** One HTTP request. Redirects are not followed: neither MASV nor a pre-signed URL needs them. */
export interface TransportRequest {
	/** What it is for, as people say it: "create the package". Stands in every error. */
	operation: string;
	method: string;
	url: string;
	headers: Record<string, string>;
	/** A body of pieces needs an exact `content-length` among the headers. */
	body?: string | Uint8Array | AsyncIterable<Uint8Array>;
	signal?: AbortSignal;
	/** Longest answer that is read, in bytes. */
	maxAnswerBytes: number;
}

type AnswerHeaders = Record<string, string | string[] | undefined>;

export interface TransportResponse {
	status: number;
	/** As undici gives them, names in lower case: read them with {@link headerOf}. */
	headers: AnswerHeaders;
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
	return async (request) => {
		const { signal } = request;
		throwIfCancelled(signal);
		const exchange = new Exchange(request);
		if (signal !== undefined) enter(signal, exchange);
		try {
			exchange.begin(dispatcher ?? sharedDispatcher());
			return await exchange.response;
		} catch (error) {
			throwIfCancelled(signal);
			throw error instanceof MasvError ? error : toConnectionError(error, request, exchange.status);
		} finally {
			if (signal !== undefined) leave(signal, exchange);
		}
	};
}

interface UnderWay {
	exchanges: Set<Exchange>;
	stop: () => void;
}

const underWay = new WeakMap<AbortSignal, UnderWay>();

/** The signal ends the exchange. It is listened to once for all of its own: thousands may share one. */
function enter(signal: AbortSignal, exchange: Exchange): void {
	const known = underWay.get(signal);
	if (known !== undefined) return void known.exchanges.add(exchange);
	const exchanges = new Set([exchange]);
	const stop = (): void => {
		for (const each of exchanges) each.fail(signal.reason);
	};
	underWay.set(signal, { exchanges, stop });
	signal.addEventListener('abort', stop);
}

function leave(signal: AbortSignal, exchange: Exchange): void {
	const known = underWay.get(signal);
	if (known === undefined) return;
	known.exchanges.delete(exchange);
	if (known.exchanges.size > 0) return;
	// Node keeps a signal that is made of others for as long as somebody listens to it.
	signal.removeEventListener('abort', known.stop);
	underWay.delete(signal);
}

const utf8 = new TextDecoder();

/**
 * One request and its answer, as undici's dispatchers tell of it. undici's own `request` gives each answer as a stream,
 * and ours are short texts: a small file costs five of them, and much of its time went into those streams.
 */
class Exchange implements Dispatcher.DispatchHandler {
	/** Of the answer, once it has begun. */
	status: number | undefined;
	readonly response: Promise<TransportResponse>;

	readonly #request: TransportRequest;
	#controller: Dispatcher.DispatchController | undefined;
	#headers: AnswerHeaders = {};
	readonly #pieces: Uint8Array[] = [];
	#bytes = 0;
	#resolve!: (response: TransportResponse) => void;
	#reject!: (reason: unknown) => void;

	constructor(request: TransportRequest) {
		this.#request = request;
		this.response = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	begin(dispatcher: Dispatcher): void {
		const { url, method, headers, body } = this.#request;
		const { origin, path } = splitUrl(url);
		// undici takes any async iterable; its types name Node's Readable only.
		const sent = (body ?? null) as string | Uint8Array | Readable | null;
		dispatcher.dispatch({ origin, path, method, headers, body: sent }, this);
	}

	/** Also when it still waits for a connection: then it is ended as soon as it would begin. */
	fail(reason: unknown): void {
		this.#controller?.abort(reason as Error);
		this.#reject(reason);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		const { signal } = this.#request;
		if (signal?.aborted === true) controller.abort(signal.reason as Error);
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
		// Announcements such as 103 come before the answer itself.
		if (status < 200) return;
		this.status = status;
		this.#headers = headers;
	}

	onResponseData(_controller: Dispatcher.DispatchController, piece: Uint8Array): void {
		const { operation, maxAnswerBytes } = this.#request;
		this.#bytes += piece.length;
		this.#pieces.push(piece);
		if (this.#bytes <= maxAnswerBytes) return;
		const message = `Could not ${operation}. The answer is longer than ${maxAnswerBytes} bytes and was not read to its end`;
		this.fail(new MasvConnectionError(message, { transient: false }));
	}

	onResponseEnd(): void {
		const whole = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
		this.#resolve({ status: this.status ?? 0, headers: this.#headers, text: utf8.decode(whole) });
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#reject(error);
	}
}

/**
 * Almost every URL can be cut in two as it is, at a fraction of what reading it whole takes. Those with anything in them that
 * `URL` would write in another way are left to it. @throws ERR_INVALID_URL
 */
function splitUrl(url: string): { origin: string; path: string } {
	const plain = /^(https?:\/\/[a-z0-9.:-]+)(?!.*\/(?:\.|%2e))(\/[\w\-.~!$&()*+,;=:@%/?]*)$/i.exec(url);
	if (plain !== null) return { origin: plain[1] as string, path: plain[2] as string };
	const { origin, pathname, search } = new URL(url);
	return { origin, path: pathname + search };
}

/** One header of an answer; a repeated one joined with a comma. */
export function headerOf(response: TransportResponse, name: string): string | undefined {
	const value = response.headers[name];
	return Array.isArray(value) ? value.join(', ') : value;
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

function toConnectionError(
	error: unknown,
	{ operation, url }: TransportRequest,
	status: number | undefined,
): MasvConnectionError {
	const code = errorCode(error);
	const trouble: Trouble = (code === undefined ? undefined : troubles[code]) ?? { says: 'the connection failed' };
	const when = status === undefined ? '' : ` after it had begun to answer (${status})`;
	const shown = code === undefined ? '' : ` [${code}]`;
	const what = `Could not ${operation}. No answer from ${hostOf(url)}: ${trouble.says}${when}${shown}`;
	return new MasvConnectionError(what, {
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
