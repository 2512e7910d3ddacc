import type { OpenUpload } from './openUpload';
import type { PartNote } from './partNote';
import type { StoredPart } from './storePart';
import type { PartPlan } from './partPlan';
import type { PartUrls } from './partUrls';

/** The parts of one file that have to be uploaded. */
export interface PartJob {
	plan: PartPlan;
	upload: OpenUpload;
	/** The parts already in the storage, by index from 0. */
	known: ReadonlyMap<number, PartNote>;
	/** Whether the file may have changed since. */
	compare: boolean;
	/** Called after each uploaded part. */
	onPartStored: (index: number, part: PartNote) => Promise<void>;
}

/** A job, and what its workers share. */
export interface SharedJob extends Omit<PartJob, 'onPartStored'> {
	urls: PartUrls;
	/** Indexes of the parts to upload, in ascending order. */
	missing: number[];
	keep: (index: number, part: StoredPart) => Promise<void>;
}

/** A file with all its parts in the storage. */
export interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}
