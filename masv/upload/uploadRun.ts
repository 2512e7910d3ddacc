import type { MasvFile } from '../schemas';
import type { Budget } from '../transfer/budget';
import type { Journal } from '../transfer/journal';
import type { PackageAccess } from '../transfer/packageAccess';
import type { ProgressMeter } from '../transfer/progress';
import type { PartChecks } from './partChecks';
import type { PlanOptions } from './partPlan';
import type { Slot } from './slots';
import type { Limit } from '../workers';

/** Shared by all parts in flight, across all files of one upload. */
export interface PartsInFlight {
	/** Limits the number of parts in flight. */
	limit: Limit;
	slots: { take(): Slot; give(slot: Slot): void };
	/** For parts of streams, which stay in memory until they are uploaded. */
	streamMemory: Budget;
	meter: ProgressMeter;
	checks: PartChecks;
}

/** Entries in the package, and the journal of unfinished uploads. */
export interface KnownFiles {
	/** Entries created or resumed by this run. Others at the same path are leftovers. */
	ownIds: Set<string>;
	/** Files listed at the start, some possibly left by an interrupted run. No other run uses the package. */
	leftovers: MasvFile[];
	/** Undefined: unfinished uploads are not recorded. */
	journal: Journal | undefined;
}

/** Shared by all files of one upload. */
export interface UploadRun {
	access: PackageAccess;
	inFlight: PartsInFlight;
	known: KnownFiles;
	planOptions: PlanOptions;
}
