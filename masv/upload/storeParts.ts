import type { PackageAccess } from '../transfer/packageAccess';
import type { OpenUpload } from './openUpload';
import type { StoredPart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import type { PartPlan } from './partPlan';
import type { PartUrls } from './partUrls';
import { createPartUrls } from './partUrls';
import type { FileSource } from '../transfer/source';
import { storeRange } from './storeRange';
import { storeStream } from './storeStream';
import { partRange } from '../transfer/ranges';

/** A file whose parts are all in the storage. */
export interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}

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

/** Stores all parts that are not known yet; the result holds them all, in order. */
export async function storeParts(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: FileSource,
	job: PartJob,
): Promise<StoredPart[]> {
	const { plan, upload, known } = job;
	const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
	for (const [index, etag] of known) {
		parts[index] = { etag, attempts: 0 };
		inFlight.meter.skip(partRange(plan, source.bytes, index).length);
	}
	const shared: SharedJob = {
		plan,
		upload,
		known,
		missing: Array.from({ length: plan.parts }, (_, index) => index).filter((index) => !known.has(index)),
		urls: createPartUrls(access, upload, plan.parts),
		keep: async (index, part) => {
			parts[index] = part;
			await job.remember(index, part.etag);
		},
	};
	if (source.kind === 'range') await storeRange(access, inFlight, source, shared);
	else await storeStream(access, inFlight, source, shared);
	return parts;
}
