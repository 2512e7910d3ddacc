import type { ContentSum } from './contentSum';

/** A completely uploaded file. Keys are in MASV's snake_case, because the object is part of the output. */
export interface UploadedFile {
	id: string;
	name: string;
	path: string;
	/** Bytes. */
	size: number;
	parts: number;
	/** Parts sent more than once. */
	retried_parts: number;
	/** Parts uploaded by an earlier run. */
	resumed_parts: number;
	/** Whether the MD5 of every part was compared with the ETag of the storage, and matched. */
	md5_verified: boolean;
	/** Of the whole file, in hexadecimal. Undefined if it was not asked for. */
	md5?: string;
	/** What identifies the content. Undefined if it was not asked for, or if it is not known. For records, not for the output. */
	content_sum?: ContentSum;
	duration_ms: number;
}
