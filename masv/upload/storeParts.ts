import { isUnknownUpload } from '../answers';
import type { PackageAccess } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { FileSource } from '../transfer/source';
import type { PartJob, SharedJob } from './partJob';
import type { PartNote } from './partNote';
import { isMismatch, isVerified } from './partNote';
import { createPartUrls } from './partUrls';
import type { StoredPart } from './storePart';
import { damagedError } from './storePart';
import { storeRange } from './storeRange';
import { storeStream } from './storeStream';
import type { PartsInFlight } from './uploadRun';

/**
 * Uploads all parts that are not in the storage yet.
 * @returns all parts, in ascending order
 * @throws MasvTransferError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function storeParts(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: FileSource,
	job: PartJob,
): Promise<StoredPart[]> {
	const { plan, upload, compare, sum } = job;
	if ([...job.known.values()].some(isVerified)) inFlight.checks.verdict.proveMd5();
	const stored = new Map<number, StoredPart>();
	const shared: SharedJob = {
		plan,
		upload,
		compare,
		sum,
		known: usableOf(job.known, plan.parts),
		urls: createPartUrls(access, upload, plan.parts),
		stored,
		reuse: (index, part) => {
			stored.set(index, { ...part, attempts: 0 });
			inFlight.meter.skip(partRange(plan, source.bytes, index).length);
		},
		keep: async (index, part) => {
			stored.set(index, part);
			const { attempts: _, ...note } = part;
			await job.onPartStored(index, note);
		},
	};
	try {
		if (source.kind === 'range') await storeRange(access, inFlight, source, shared);
		else await storeStream(access, inFlight, source, shared);
	} catch (error) {
		// What was stored is gone. If it is sent again, it must not be counted twice.
		if (isUnknownUpload(error))
			for (const index of stored.keys()) inFlight.meter.skip(-partRange(plan, source.bytes, index).length);
		throw error;
	}
	const parts: StoredPart[] = [];
	for (let index = 0; index < plan.parts; index++) parts.push(stored.get(index) as StoredPart);
	// The first part can be damaged twice before any other matches, and is then accepted as one with an opaque ETag.
	const damaged = inFlight.checks.verdict.etags === 'md5' ? parts.findIndex(isMismatch) : -1;
	if (damaged >= 0) throw damagedError(upload.file, damaged + 1);
	return parts;
}

/** If one part matched, the ETags are MD5s, and those that did not match are of damaged parts. They are sent again. */
function usableOf(known: ReadonlyMap<number, PartNote>, count: number): ReadonlyMap<number, PartNote> {
	if (known.size === 0) return known;
	const parts = [...known].filter(([index]) => index < count);
	const isMd5 = parts.some(([, note]) => isVerified(note));
	return new Map(parts.filter(([, note]) => !isMd5 || !isMismatch(note)));
}
