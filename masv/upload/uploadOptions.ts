import type { RetryPolicy } from '../retry';
import type { Journal } from '../transfer/journal';
import type { Progress } from '../transfer/progress';

export interface UploadOptions {
	/** Parts in flight over all files together. */
	parallelParts?: number;
	/** Wanted size of a part, in bytes. */
	partBytes?: number;
	policy?: RetryPolicy;
	onProgress?: (progress: Progress) => void;
	/** Pause between two reports, in milliseconds. */
	progressEveryMs?: number;
	/** Where unfinished uploads are remembered, so that the next try sends only the rest. */
	journal?: Journal;
}
