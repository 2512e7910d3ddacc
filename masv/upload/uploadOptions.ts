import type { Load } from '../load';
import type { RetryPolicy } from '../retry';
import type { Journal } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import type { Lines } from '../transfer/lines';
import type { MemoryShares } from '../transfer/memoryShares';
import type { Progress } from '../transfer/progress';
import type { VerifyParts } from './partChecks';

export interface UploadOptions {
	/** Maximum number of parts in flight across all files. Default: what fills the line, or eight without `lines`. */
	parallelParts?: number;
	/** Finds how many parts in flight fill the line. Shared by all runs of the process. */
	lines?: Lines;
	/** Limits what is in memory. Shared by all transfers of the process. */
	memoryShares?: MemoryShares;
	/** Preferred part size, in bytes. */
	partBytes?: number;
	policy?: RetryPolicy;
	onProgress?: (progress: Progress) => void;
	/** Minimum interval between two reports. */
	progressEveryMs?: number;
	/** Where runs leave notes, so that the next run sends only what is missing. */
	journal?: Journal;
	/** Keep two runs from working on the same delivery at once. */
	leases?: Leases;
	/** Who sends: the node of a workflow. Only a run with the same scope resumes this one. Without it, none does. */
	scope?: string;
	/**
	 * What to do while another run works on the same delivery. `wait`: for the end of the other run; if it has sent the same
	 * content, its package is the result. `sendAnyway`: send a package of its own; nor does a package of an earlier run that may
	 * have been delivered keep the files from being sent again.
	 */
	ifRunning?: 'fail' | 'wait' | 'sendAnyway';
	/** Told what a person should know although the upload goes on. Contains no secrets. */
	onWarning?: (text: string) => void;
	/** Default: automatic. */
	verifyParts?: VerifyParts;
	/** Whether to keep what identifies the content of each file, see `UploadedFile.content_sum`. */
	contentSums?: boolean;
	/** How busy the processor is, for the automatic verification. Default: never busy. */
	load?: Load;
}
