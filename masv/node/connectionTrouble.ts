import type { MasvErrorCode } from '../errorCodes';
import { MasvConnectionError } from '../errors';
import type { TransportRequest } from '../transport';

interface Trouble {
	code: MasvErrorCode;
	says: string;
	mayHaveSucceeded?: boolean;
	transient?: boolean;
}

const certificate: Trouble = {
	code: 'certificate_not_trusted',
	says: 'its certificate is not trusted',
	mayHaveSucceeded: false,
	transient: false,
};

/** What Node's and undici's codes mean for people, and what follows from them. */
const troubles: Record<string, Trouble> = {
	ENOTFOUND: { code: 'host_not_found', says: 'its name could not be found', mayHaveSucceeded: false },
	EAI_AGAIN: { code: 'host_not_found', says: 'its name could not be looked up', mayHaveSucceeded: false },
	ECONNREFUSED: { code: 'connection_refused', says: 'it refused the connection', mayHaveSucceeded: false },
	EHOSTUNREACH: { code: 'host_unreachable', says: 'it cannot be reached', mayHaveSucceeded: false },
	ENETUNREACH: { code: 'host_unreachable', says: 'its network cannot be reached', mayHaveSucceeded: false },
	UND_ERR_CONNECT_TIMEOUT: {
		code: 'connection_timeout',
		says: 'it did not accept the connection in time',
		mayHaveSucceeded: false,
	},
	UND_ERR_HEADERS_TIMEOUT: { code: 'connection_stalled', says: 'nothing moved for too long' },
	UND_ERR_BODY_TIMEOUT: { code: 'connection_stalled', says: 'its answer stopped for too long' },
	UND_ERR_SOCKET: { code: 'connection_lost', says: 'the connection broke off' },
	ECONNRESET: { code: 'connection_lost', says: 'the connection was reset' },
	EPIPE: { code: 'connection_lost', says: 'the connection was closed while sending' },
	CERT_HAS_EXPIRED: certificate,
	DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
	SELF_SIGNED_CERT_IN_CHAIN: certificate,
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
	ERR_TLS_CERT_ALTNAME_INVALID: certificate,
	ERR_INVALID_URL: {
		code: 'url_malformed',
		says: 'its address is not a URL',
		mayHaveSucceeded: false,
		transient: false,
	},
	UND_ERR_INVALID_ARG: {
		code: 'request_malformed',
		says: 'the request is not a valid one',
		mayHaveSucceeded: false,
		transient: false,
	},
};

export function toConnectionError(
	error: unknown,
	{ operation, url }: TransportRequest,
	status: number | undefined,
): MasvConnectionError {
	const code = errorCode(error);
	const trouble: Trouble = (code === undefined ? undefined : troubles[code]) ?? {
		code: 'connection_lost',
		says: 'the connection failed',
	};
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
