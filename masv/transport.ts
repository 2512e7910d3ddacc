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
	maxResponseBytes: number;
}

export type ResponseHeaders = Record<string, string | string[] | undefined>;

export interface TransportResponse {
	status: number;
	/** Names in lower case, a repeated header as a list: read them with {@link headerOf}. */
	headers: ResponseHeaders;
	text: string;
}

/**
 * The one door to the network.
 * @throws MasvConnectionError when no whole answer came; MasvCancelledError when the signal aborted.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** One header of an answer; a repeated one joined with a comma. */
export function headerOf(response: TransportResponse, name: string): string | undefined {
	const value = response.headers[name];
	return Array.isArray(value) ? value.join(', ') : value;
}
