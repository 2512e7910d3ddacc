import type { MasvApiError } from '../errors';
import type { Budget } from '../transfer/budget';
import type { PackageAccess } from '../transfer/packageAccess';
import type { ProgressMeter } from '../transfer/progress';
import type { FileSums } from './fileSums';
import type { Notebook } from './notes';
import type { Intent, Others } from './reconcile';
import type { PartChecks } from './partChecks';
import type { PlanOptions } from './partPlan';
import type { Slots } from './slots';
import type { Limit } from '../workers';

/** Shared by all parts in flight, across all files of one upload. */
export interface PartsInFlight {
	/** Limits the number of parts in flight. */
	limit: Limit;
	slots: Slots;
	/** For parts of streams, which stay in memory until they are uploaded. */
	streamMemory: Budget;
	meter: ProgressMeter;
	/** To be told of each attempt that failed, however it goes on. */
	onFailure?: (error: unknown) => void;
	checks: PartChecks;
}

/** What is known about the entries in the package, and where it is noted for the next run. */
export interface KnownFiles {
	/** Whether this delivery created the package. Otherwise, other entries in it belong to someone else. */
	isOwnPackage: boolean;
	/** Whether the package is finalized, so that files can only be compared. */
	isClosed: boolean;
	/** IDs of the entries that this delivery added, in this run or an earlier one. */
	ownIds: Set<string>;
	/** What other deliveries noted about the same places, as of the beginning of this run. */
	others: Others;
	/** By place, what this delivery was about to add, in this run or an earlier one. */
	intents: Map<string, Intent[]>;
	/** Places where a response was lost while a file was added, in this run or an earlier one: another entry may appear later. */
	lostPlaces: Set<string>;
	/** With what MASV has refused to add files to the package in this run. */
	refusals?: Set<MasvApiError>;
	/** Whether MASV has added a file to the package in this run. */
	hasAdded?: boolean;
	/** Whether MASV has ever listed the files of the package. If it stops doing so, earlier notes cannot be checked. */
	wasListed?: boolean;
	/** Undefined: nothing is noted, so nothing can be resumed. */
	notebook: Notebook | undefined;
}

/** Shared by all files of one upload. */
export interface UploadRun {
	access: PackageAccess;
	inFlight: PartsInFlight;
	known: KnownFiles;
	planOptions: PlanOptions;
	/** Computes the MD5s of whole files. Undefined: nobody wants them. */
	sums?: FileSums | undefined;
	/** Whether what identifies the content of each file is to be known. */
	keepsContentSums?: boolean;
}
