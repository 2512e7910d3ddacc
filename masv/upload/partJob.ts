import type { OpenUpload } from './openUpload';
import type { StoredPart } from './storePart';
import type { PartNote } from './partNote';
import type { PartPlan } from './partPlan';
import type { PartUrls } from './partUrls';

/** The parts of one file that have to be uploaded. */
export interface PartJob {
	plan: PartPlan;
	upload: OpenUpload;
	/** The parts that earlier runs stored, by index from 0. */
	known: ReadonlyMap<number, PartNote>;
	/**
	 * Whether the content may not be the one that these parts are from. They are then read again and compared by their
	 * checksums; those that differ are sent again. Parts of streams are always compared, because they must be read anyway.
	 */
	compare: boolean;
	/**
	 * Computes the MD5 of the whole file. Called before the last look at it, so that the sum is of what the parts are of. Undefined:
	 * nobody wants it.
	 */
	sum?: (() => Promise<unknown>) | undefined;
	/** Called after each uploaded part. */
	onPartStored: (index: number, part: PartNote) => Promise<void>;
}

/** A job, and what its workers share. */
export interface SharedJob extends Omit<PartJob, 'onPartStored'> {
	urls: PartUrls;
	/** The parts in the storage so far, by index. */
	stored: ReadonlyMap<number, StoredPart>;
	/** A known part that need not be sent. */
	reuse: (index: number, part: PartNote) => void;
	/** A part that has been sent. */
	keep: (index: number, part: StoredPart) => Promise<void>;
}

/** A file with all its parts in the storage. */
export interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}
