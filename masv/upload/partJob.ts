import type { OpenUpload } from './openUpload';
import type { StoredPart } from './storePart';
import type { PartPlan } from './partPlan';
import type { PartUrls } from './partUrls';

/** The parts of one file that are still to be stored. */
export interface PartJob {
	plan: PartPlan;
	upload: OpenUpload;
	/** ETags of parts that are stored already, by index from 0. */
	known: ReadonlyMap<number, string>;
	/** Told of each part when it is stored. */
	remember: (index: number, etag: string) => Promise<void>;
}

/** A job with what the workers on it share. */
export interface SharedJob extends Omit<PartJob, 'remember'> {
	urls: PartUrls;
	/** Indexes of the parts that are still to be stored, in order. */
	missing: number[];
	keep: (index: number, part: StoredPart) => Promise<void>;
}

/** A file whose parts are all in the storage. */
export interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}
