/**
 * What went wrong while a response was read, with undici's code for it, so that both are reported alike. Without undici, because
 * a thread that only reads responses must not load it.
 */
export class HttpFailure extends Error {
	override name = 'HttpFailure';

	readonly code: string;

	constructor(code: keyof typeof httpFailures) {
		super(httpFailures[code]);
		this.code = code;
	}
}

const httpFailures = {
	UND_ERR_CONNECT_TIMEOUT: 'The connection could not be opened in time',
	UND_ERR_HEADERS_TIMEOUT: 'The response did not begin in time',
	UND_ERR_BODY_TIMEOUT: 'The response stalled',
	UND_ERR_HEADERS_OVERFLOW: 'The head of the response is too long',
	UND_ERR_SOCKET: 'The connection ended',
};

/** The response is not valid HTTP. undici's error has the same name. */
export class InvalidResponse extends Error {
	override name = 'HTTPParserError';
}
