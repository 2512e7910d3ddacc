import type { Readable } from 'node:stream';

export interface StoredPart {
	number: number;
	/** Quoted, as sent in the ETag header. */
	etag: string;
	bytes: number;
}

/** A part as listed in the request that completes an upload. */
export interface ListedPart {
	number: number;
	/** Quoted. */
	etag: string;
}

/** What a pre-signed URL permits. */
export interface Permission {
	method: 'GET' | 'POST' | 'PUT';
	key: string;
	query?: Record<string, string>;
	/** Must be sent with these values. */
	headers?: Record<string, string>;
}

/**
 * What the API needs from the storage. Clients send parts to the storage and fetch files from it directly, with
 * pre-signed URLs.
 */
export interface Store {
	/** URL of the storage. */
	url: string;
	presign(permission: Permission): string;
	/** The parts of an open upload in ascending order; `undefined` = there is no such upload. */
	parts(key: string, uploadId: string): Promise<StoredPart[] | undefined>;
	/** @throws StoreFailure NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML */
	complete(key: string, uploadId: string, parts: ListedPart[]): Promise<void>;
	/** Deletes the object and aborts every open upload of this key. */
	remove(key: string): Promise<void>;
	/** @throws StoreFailure NoSuchKey */
	read(key: string): Promise<Readable>;
	/** Number of multipart uploads that have been neither completed nor aborted. @throws if the store cannot tell */
	openUploads(): number;
	/** Stores a small object directly; only for seeding. @throws if the store does not support it */
	seed(key: string, content: Uint8Array, partBytes?: number): void;
}
