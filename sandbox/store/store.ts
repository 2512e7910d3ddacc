import type { Readable } from 'node:stream';

export interface StoredPart {
	number: number;
	/** With its quotes, as sent in the ETag header. */
	etag: string;
	bytes: number;
}

/** A part as named when an upload is completed. */
export interface ListedPart {
	number: number;
	/** With quotes. */
	etag: string;
}

/** What a pre-signed URL permits. */
export interface Permission {
	method: 'GET' | 'POST' | 'PUT';
	key: string;
	query?: Record<string, string>;
}

/**
 * What the control plane needs of its storage. Everything else (parts in, files out) goes directly between the client
 * and the storage, by pre-signed URLs.
 */
export interface Store {
	/** Address of the storage. */
	url: string;
	presign(permission: Permission): string;
	/** The parts of an open upload in ascending order; `undefined` = there is no such upload. */
	parts(key: string, uploadId: string): Promise<StoredPart[] | undefined>;
	/** @throws StoreFailure NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML */
	complete(key: string, uploadId: string, parts: ListedPart[]): Promise<void>;
	/** Drops the object and every open upload of this key. */
	remove(key: string): Promise<void>;
	/** @throws StoreFailure NoSuchKey */
	read(key: string): Promise<Readable>;
	/** Multipart uploads begun and neither completed nor aborted, as far as this store can know. */
	openUploads(): number;
	/** Places a small object directly; only for seeding. */
	seed(key: string, content: Uint8Array): void;
}
