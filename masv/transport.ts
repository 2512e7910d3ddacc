/** One HTTP request. Redirects are not followed: neither MASV nor a pre-signed URL needs them. */
export interface TransportRequest {
	/** In plain words: "create the package". Part of every error message. */
	operation: string;
	method: string;
	url: string;
	headers: Record<string, string>;
	/** An iterable body requires an exact `content-length` header. */
	body?: string | Uint8Array | AsyncIterable<Uint8Array>;
	signal?: AbortSignal;
	/** Maximum length of the response body, in bytes. */
	maxResponseBytes: number;
}

export type ResponseHeaders = Record<string, string | string[] | undefined>;

export interface TransportResponse {
	status: number;
	/** Names are in lower case, repeated headers are lists: read them with {@link headerOf}. */
	headers: ResponseHeaders;
	text: string;
}

/**
 * Sends a request. All network access goes through this port.
 * @throws MasvConnectionError if no complete response arrived; MasvCancelledError if the signal aborted.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** A header of a response; repeated ones are joined with commas. */
export function headerOf(response: TransportResponse, name: string): string | undefined {
	const value = response.headers[name];
	return Array.isArray(value) ? value.join(', ') : value;
}
