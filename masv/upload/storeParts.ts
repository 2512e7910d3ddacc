import type { PackageAccess } from '../transfer/packageAccess';
import type { StoredPart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import { createPartUrls } from './partUrls';
import type { FileSource } from '../transfer/source';
import { storeRange } from './storeRange';
import { storeStream } from './storeStream';
import { partRange } from '../transfer/ranges';
import type { PartJob, SharedJob } from './partJob';

/** Uploads all parts that are not in the storage yet. @returns all parts, in ascending order */
export async function storeParts(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: FileSource,
	job: PartJob,
): Promise<StoredPart[]> {
	const { plan, upload, known } = job;
	const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
	for (const [index, note] of known) {
		parts[index] = { ...note, attempts: 0 };
		inFlight.meter.skip(partRange(plan, source.bytes, index).length);
	}
	const shared: SharedJob = {
		plan,
		upload,
		known,
		compare: job.compare,
		missing: Array.from({ length: plan.parts }, (_, index) => index).filter((index) => !known.has(index)),
		urls: createPartUrls(access, upload, plan.parts),
		keep: async (index, part) => {
			parts[index] = part;
			await job.onPartStored(index, { etag: part.etag });
		},
	};
	if (source.kind === 'range') await storeRange(access, inFlight, source, shared);
	else await storeStream(access, inFlight, source, shared);
	return parts;
}
