import type { MasvErrorCode } from '../errorCodes';
import { MasvConnectionError } from '../errors';
import type { TransportRequest } from '../transport';

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
	ERR_TLS_CERT_ALTNAME_INVALID: certificate,
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
	const systemCode = errorCode(error);
	const { message, ...failure } = (systemCode === undefined ? undefined : failures[systemCode]) ?? unknownFailure;
	const when = status === undefined ? '' : ` after the response started (${status})`;
	const suffix = systemCode === undefined ? '' : ` [${systemCode}]`;
	return new MasvConnectionError(`Could not ${operation}. ${message(hostOf(url))}${when}${suffix}`, {
		...failure,
		// Only the code is kept: undici's errors can contain the request, and with it a signed URL.
		cause: new Error(systemCode ?? (error instanceof Error ? error.name : typeof error)),
	});
}

function errorCode(error: unknown): string | undefined {
	for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
		const { code, errors } = at as { code?: unknown; errors?: unknown };
		if (typeof code === 'string') return code;
		// Happy Eyeballs: one error for each address tried.
		if (Array.isArray(errors) && errors.length > 0) return errorCode(errors[0]);
	}
	return undefined;
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : 'the server';
}
