import type { LimitFunction } from 'p-limit';

import type { MasvClient } from '../client';
import type { RetryPolicy } from '../retry';
import type { MasvFile } from '../schemas';
import type { Budget } from '../transfer/budget';
import type { Journal } from '../transfer/journal';
import type { PartPlan } from './partPlan';
import type { ProgressMeter } from '../transfer/progress';
import type { Slot } from './slots';
import type { PartLimits } from './partLimits';

/** What the uploads of one operation share. */
export interface UploadContext {
	client: MasvClient;
	packageId: string;
	token: string;
	limits: PartLimits;
	/** The one budget of parts in flight over all files. */
	budget: LimitFunction;
	parallelParts: number;
	slots: { take(): Slot; give(slot: Slot): void };
	/** Parts of streams wait in memory until they are stored. */
	streamMemory: Budget;
	partBytes: number | undefined;
	policy: RetryPolicy;
	meter: ProgressMeter;
	/** Files that this run has registered, so that a stray one can be told from them. */
	ownFileIds: Set<string>;
	/** Where unfinished uploads are remembered. Absent: they are not. */
	journal: Journal | undefined;
	/** Files that a try which broke off may have left in this package; nobody but this run works on it. */
	strays: MasvFile[];
}

/** A multipart upload that has begun. */
export interface OpenUpload {
	packageId: string;
	token: string;
	fileId: string;
	/** The storage's name for the upload (`<UploadId>`). */
	uploadId: string;
	/** For messages. */
	file: string;
}

export interface StoredPart {
	etag: string;
	/** 0: an earlier try had stored it. */
	attempts: number;
}

/** A file whose parts are all in the storage. */
export interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}

/** How long a clean-up may take when the work itself was stopped. Milliseconds. */
export const cleanUpMs = 20_000;
