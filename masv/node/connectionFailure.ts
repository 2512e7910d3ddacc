import type { MasvErrorCode } from '../errorCodes';
import { MasvConnectionError } from '../errors';
import type { TransportRequest } from '../transport';
import { ProxyError } from './proxies';
import { systemCodeOf } from './systemCode';

interface Failure {
	code: MasvErrorCode;
	message: (host: string) => string;
	mayHaveSucceeded?: boolean;
	transient?: boolean;
}

const certificate: Failure = {
	code: 'certificate_not_trusted',
	message: (host) => `The certificate of ${host} is not trusted`,
	mayHaveSucceeded: false,
	transient: false,
};

/** The server answers, but not with TLS that this machine can use. */
const tlsVersion: Failure = {
	code: 'tls_failed',
	message: (host) => `${host} and this machine have no TLS version or cipher in common; MASV requires TLS 1.2 or later`,
	mayHaveSucceeded: false,
	transient: false,
};

const notTls: Failure = {
	code: 'tls_failed',
	message: (host) => `${host} does not speak HTTPS on this port`,
	mayHaveSucceeded: false,
	transient: false,
};

/** Node's and undici's error codes, with their message and whether a retry may help. */
const failures: Record<string, Failure> = {
	ENOTFOUND: {
		code: 'host_not_found',
		message: (host) => `The host ${host} was not found`,
		mayHaveSucceeded: false,
	},
	EAI_AGAIN: {
		code: 'host_not_found',
		message: (host) => `The DNS lookup of ${host} failed`,
		mayHaveSucceeded: false,
	},
	ECONNREFUSED: {
		code: 'connection_refused',
		message: (host) => `${host} refused the connection`,
		mayHaveSucceeded: false,
	},
	EHOSTUNREACH: {
		code: 'host_unreachable',
		message: (host) => `The host ${host} is unreachable`,
		mayHaveSucceeded: false,
	},
	ENETUNREACH: {
		code: 'host_unreachable',
		message: (host) => `The network of ${host} is unreachable`,
		mayHaveSucceeded: false,
	},
	UND_ERR_CONNECT_TIMEOUT: {
		code: 'connection_timeout',
		message: (host) => `The connection to ${host} timed out`,
		mayHaveSucceeded: false,
	},
	UND_ERR_HEADERS_TIMEOUT: { code: 'connection_stalled', message: (host) => `${host} stopped responding` },
	UND_ERR_BODY_TIMEOUT: { code: 'connection_stalled', message: (host) => `The response from ${host} stalled` },
	UND_ERR_SOCKET: { code: 'connection_lost', message: (host) => `The connection to ${host} was lost` },
	ECONNRESET: { code: 'connection_lost', message: (host) => `The connection to ${host} was reset` },
	EPIPE: { code: 'connection_lost', message: (host) => `The connection to ${host} was closed while sending` },
	CERT_HAS_EXPIRED: certificate,
	DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
	SELF_SIGNED_CERT_IN_CHAIN: certificate,
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
	UNABLE_TO_GET_ISSUER_CERT: certificate,
	CERT_NOT_YET_VALID: certificate,
	CERT_REVOKED: certificate,
	CERT_UNTRUSTED: certificate,
	CERT_SIGNATURE_FAILURE: certificate,
	CERT_REJECTED: certificate,
	CERT_CHAIN_TOO_LONG: certificate,
	INVALID_CA: certificate,
	INVALID_PURPOSE: certificate,
	PATH_LENGTH_EXCEEDED: certificate,
	// Node's code for all others, such as too short a key.
	UNSPECIFIED: certificate,
	ERR_TLS_CERT_ALTNAME_INVALID: certificate,
	UND_ERR_PRX_TLS: certificate,
	ERR_SSL_WRONG_VERSION_NUMBER: notTls,
	ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
	ERR_SSL_RECORD_LAYER_FAILURE: notTls,
	ERR_SSL_UNSUPPORTED_PROTOCOL: tlsVersion,
	ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: tlsVersion,
	ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: tlsVersion,
	// The same, as OpenSSL calls it since version 3.2, which is that of Node 24.
	'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': tlsVersion,
	ERR_SSL_NO_PROTOCOLS_AVAILABLE: tlsVersion,
	ERR_SENDING_STALLED: { code: 'connection_stalled', message: (host) => `${host} stopped receiving` },
	ERR_NETWORK_POLICY: {
		code: 'network_policy',
		message: (host) => `The network policy of this machine does not allow connections to ${host}`,
		mayHaveSucceeded: false,
		transient: false,
	},
	ERR_PROXY_UNSUPPORTED: {
		code: 'proxy_unsupported',
		message: (proxy) => `${proxy} is not an HTTP proxy; SOCKS and other kinds are not supported`,
		mayHaveSucceeded: false,
		transient: false,
	},
	ERR_INVALID_URL: {
		code: 'url_malformed',
		message: () => 'The URL is not valid',
		mayHaveSucceeded: false,
		transient: false,
	},
	UND_ERR_INVALID_ARG: {
		code: 'request_malformed',
		message: () => 'The request is not valid',
		mayHaveSucceeded: false,
		transient: false,
	},
};

/** What a proxy answers to a request for a tunnel. Nothing has reached the server. */
function tunnelFailure(status: number): Failure {
	const transient = status === 408 || status === 429 || status >= 500;
	if (status === 407) {
		const message = (proxy: string): string => `${proxy} requires a valid user name and password`;
		return { code: 'proxy_authentication_required', message, mayHaveSucceeded: false, transient };
	}
	const message = (proxy: string): string => `${proxy} responded with ${status} and opened no connection to the server`;
	return { code: transient ? 'connection_lost' : 'proxy_refused', message, mayHaveSucceeded: false, transient };
}

const notHttp: Failure = {
	code: 'response_malformed',
	message: (host) => `The response from ${host} is not HTTP; it may expect HTTPS on this port`,
};

/** Whoever has agreed on TLS expects HTTPS. */
const invalidHttp: Failure = { ...notHttp, message: (host) => `The response from ${host} is not valid HTTP` };

const unknownFailure: Failure = {
	code: 'connection_lost',
	message: (host) => `The connection to ${host} failed`,
};

/** @param status of the response, if it had started */
export function toConnectionError(
	error: unknown,
	{ operation, url }: TransportRequest,
	status: number | undefined,
): MasvConnectionError {
	const systemCode = systemCodeOf(error);
	const proxy = proxyErrorOf(error);
	const { message, ...failure } =
		isUnparsable(error) && /^https:/i.test(url) ? invalidHttp : failureOf(systemCode, proxy, error);
	const where = proxy === undefined ? hostOf(url) : `the proxy ${proxy.proxy}`;
	const when = status === undefined ? '' : ` after the response started (${status})`;
	const suffix = systemCode === undefined ? '' : ` [${systemCode}]`;
	return new MasvConnectionError(`Could not ${operation}. ${capitalized(message(where))}${when}${suffix}`, {
		...failure,
		// Before there is a connection to the proxy, nothing reaches the server.
		...(proxy !== undefined && { mayHaveSucceeded: false, facts: { proxy: proxy.proxy } }),
		// Only the code is kept: undici's errors can contain the request, and with it a signed URL.
		cause: new Error(systemCode ?? (error instanceof Error ? error.name : typeof error)),
	});
}

function isUnparsable(error: unknown): boolean {
	return error instanceof Error && error.name === 'HTTPParserError';
}

function failureOf(systemCode: string | undefined, proxy: ProxyError | undefined, error: unknown): Failure {
	if (proxy?.status !== undefined) return tunnelFailure(proxy.status);
	// The answer of a proxy that forwards requests, about which undici says no more.
	if (error instanceof Error && error.message.startsWith('Proxy Authentication Required')) {
		return { ...tunnelFailure(407), message: () => 'The proxy requires a valid user name and password' };
	}
	if (isUnparsable(error)) return notHttp;
	return (systemCode === undefined ? undefined : failures[systemCode]) ?? unknownFailure;
}

function proxyErrorOf(error: unknown): ProxyError | undefined {
	for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof ProxyError) return at;
	return undefined;
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : 'the server';
}

function capitalized(text: string): string {
	// A host is written as it is.
	return text.replace(/^(?:The host )?the proxy/, 'The proxy');
}
