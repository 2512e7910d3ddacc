import type { MasvClient } from '../client';
import type { RetryPolicy } from '../retry';
import type { Blueprint } from '../schemas';
import type { BufferPool } from '../transfer/bufferPool';
import type { Guard } from '../transfer/guard';
import type { Place } from '../transfer/places';
import type { ProgressMeter } from '../transfer/progress';
import type { FileSink } from '../transfer/sink';
import type { Width } from '../transfer/width';
import type { ContentChecks } from './contentChecks';
import type { DownloadNotebook } from './notes';

/** A file to download. */
export interface FileToDownload extends Place {
	/** MASV's ID. */
	id: string;
	/** Undefined if MASV does not tell. */
	bytes: number | undefined;
	/** Set as the time of the file. */
	modifiedAt: Date | undefined;
	/** Size of the parts in which it was uploaded, in bytes, if known. With it, the ETag of a large file can be compared. */
	partBytes: number | undefined;
	sink: FileSink;
	/** Requests a signed address of the content, with retries. Called again when it has expired. */
	address: () => Promise<Blueprint>;
}

/** Plain JSON. */
export interface DownloadedFile {
	id: string;
	name: string;
	path: string;
	size: number;
	/** Where the file is. */
	location: string;
	/** Of what was received, if it was computed: lower-case hexadecimal. */
	md5: string | null;
	/** Whether what was received was compared with a checksum of the storage, and matched. */
	verified: boolean;
	/** Bytes that an earlier run had received. */
	resumed_bytes: number;
	/** Ranges that took more than one request. */
	retried_ranges: number;
	duration_ms: number;
}

/** Shared by all files of one download. */
export interface DownloadRun {
	client: MasvClient;
	policy: RetryPolicy;
	guard: Guard;
	/** Its limit holds for the ranges of all files together. */
	width: Pick<Width, 'most' | 'connections' | 'limit' | 'moved' | 'failed'>;
	pool: BufferPool;
	meter: ProgressMeter;
	checks: ContentChecks;
	/** Undefined: nothing is noted, so nothing can be resumed. */
	notebook: DownloadNotebook | undefined;
	/** Set by the user. */
	rangeBytes: number | undefined;
	minRangeBytes: number | undefined;
}
