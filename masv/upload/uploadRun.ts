import type { MasvFile } from '../schemas';
import type { Budget } from '../transfer/budget';
import type { Journal } from '../transfer/journal';
import type { PackageAccess } from '../transfer/packageAccess';
import type { ProgressMeter } from '../transfer/progress';
import type { PlanOptions } from './partPlan';
import type { Slot } from './slots';
import type { Limit } from '../workers';

/** What all parts in flight share, over all files of one operation. */
export interface PartsInFlight {
	/** At most so many at one time. */
	limit: Limit;
	slots: { take(): Slot; give(slot: Slot): void };
	/** Parts of streams wait in memory until they are stored. */
	streamMemory: Budget;
	meter: ProgressMeter;
}

/** What is known of the files in the package, besides those that are being sent. */
export interface KnownFiles {
	/** Files that this run has registered, so that a stray one can be told from them. */
	ownIds: Set<string>;
	/** Files that a try which broke off may have left in this package; nobody but this run works on it. */
	leftovers: MasvFile[];
	/** Where unfinished uploads are remembered. Absent: they are not. */
	journal: Journal | undefined;
}

/** What the uploads of one operation share. */
export interface UploadRun {
	access: PackageAccess;
	inFlight: PartsInFlight;
	known: KnownFiles;
	planOptions: PlanOptions;
}
