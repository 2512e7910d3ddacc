import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { RangeSource } from '../transfer/source';
import { mapParallel } from '../workers';
import { openSource } from './openSource';
import { readPiece, readRange } from './readPart';
import { pieceBytes } from './slots';
import { storePart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import { checkUnchanged } from '../transfer/unchanged';
import type { SharedJob } from './partJob';

/** Uploads the parts of a file that can be read by range. A failed part is read and sent again on its own. */
export async function storeRange(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: RangeSource,
	job: SharedJob,
): Promise<void> {
	const { plan, upload, urls, missing, keep } = job;
	const reader = await openSource(source);
	const storeIndex = async (index: number, signal: AbortSignal): Promise<void> => {
		const range = partRange(plan, source.bytes, index);
		const url = await urls.get(index);
		const stored = await inFlight.limit(async () => {
			const slot = inFlight.slots.take();
			try {
				return await storePart(withSignal(access, signal), inFlight.meter, upload, urls, {
					index,
					url,
					bytes: range.length,
					read: (attempt) =>
						range.length <= pieceBytes
							? readPiece(source, reader, range, slot)
							: readRange(source, reader, range, slot, attempt),
				});
			} finally {
				await slot.reading;
				inFlight.slots.give(slot);
			}
		});
		await keep(index, stored);
	};
	try {
		// Fails early instead of after a long upload. For a single part, the check afterwards is enough.
		if (plan.parts > 1) await checkUnchanged(source, reader);
		await mapParallel(missing, plan.parallelParts, storeIndex, access.client.signal);
		await checkUnchanged(source, reader);
	} finally {
		reader.close();
	}
}
