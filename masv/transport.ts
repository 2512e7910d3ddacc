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
	/** Maximum length of the response body, in bytes. Not of what `content` takes. */
	maxResponseBytes: number;
	/** Where the body of a response may go instead of into its `text`. For files, which can be of any size. */
	content?: ResponseContent;
}

export interface ResponseContent {
	/**
	 * Called once, before the first piece, with what the response begins with.
	 * @returns false if the body is to be read as a text
	 * @throws what ends the request: its error, if it is a MasvError
	 */
	takes(head: ResponseHead): boolean;
	/**
	 * Called for each piece, in order. The memory of the piece is used again as soon as the call returns, so it must be copied.
	 * @returns a promise if no further piece can be taken until it resolves. If it rejects, the request fails with its error
	 */
	take(piece: Uint8Array): Promise<void> | undefined;
	/**
	 * A transport that can write the content to a file by itself may ask for the file once `takes` has returned true, instead of
	 * handing over the pieces. Undefined: the pieces must be taken.
	 */
	lend?(): LentFile;
}

/** A file for the content of one response. The transport calls the functions; errors that they throw end the request. */
export interface LentFile {
	/** Only the platform that opened it knows what it is. With Node, a descriptor. */
	file: number;
	/** Where the content begins in the file. */
	position: number;
	/** No byte may have this position or a later one. Undefined if the end is not known. */
	end: number | undefined;
	/** Of what is written at once. */
	bufferBytes: number;
	/** The MD5s of blocks of so many bytes are wanted; null: of all the content. Undefined: none are. */
	blockBytes: number | null | undefined;
	/** Asked before the file is written, and again at least every two seconds while it is. See `Guard`. */
	check(): Promise<void> | undefined;
	/** Bytes that have arrived. */
	arrived(bytes: number): void;
	/** Bytes that were written directly behind those before. @returns whether there is still time for checksums */
	written(bytes: number): boolean;
	/** @param position where the block begins */
	summed(position: number, md5: string): void;
	/** Explains why the file could not be written. */
	explain(error: unknown): Promise<never>;
	/** To be called once, when the file is certainly not written any more. */
	giveBack(): void;
}

export type ResponseHeaders = Record<string, string | string[] | undefined>;

export interface ResponseHead {
	status: number;
	/** Names are in lower case, repeated headers are lists: read them with {@link headerOf}. */
	headers: ResponseHeaders;
}

export interface TransportResponse extends ResponseHead {
	/** Empty if the body was taken, see {@link ResponseContent}. */
	readonly text: string;
	/** The bytes of a long text. To make one string of megabytes takes a tenth of a second, in which all of n8n would stand still. */
	readonly pieces?: readonly Uint8Array[];
}

/**
 * Sends a request. All network access goes through this port.
 * @throws MasvConnectionError if no complete response arrived; MasvCancelledError if the signal aborted.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** A header of a response; repeated ones are joined with commas. */
export function headerOf(response: ResponseHead, name: string): string | undefined {
	const value = response.headers[name];
	return Array.isArray(value) ? value.join(', ') : value;
}
