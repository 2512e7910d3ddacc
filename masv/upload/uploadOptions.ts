import type { Load } from '../load';
import type { RetryPolicy } from '../retry';
import type { Journal } from '../transfer/journal';
import type { Progress } from '../transfer/progress';
import type { VerifyParts } from './partChecks';

export interface UploadOptions {
	/** Maximum number of parts in flight across all files. */
	parallelParts?: number;
	/** Preferred part size, in bytes. */
	partBytes?: number;
	policy?: RetryPolicy;
	onProgress?: (progress: Progress) => void;
	/** Minimum interval between two reports. */
	progressEveryMs?: number;
	/** Records unfinished uploads, so that the next run sends only the missing parts. */
	journal?: Journal;
	/** Default: automatic. */
	verifyParts?: VerifyParts;
	/** How busy the processor is, for the automatic verification. Default: never busy. */
	load?: Load;
	/** Called with what the user should know although nothing failed. */
	onNotice?: (text: string) => void;
}
