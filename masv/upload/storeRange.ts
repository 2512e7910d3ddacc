import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { RangeSource } from '../transfer/source';
import { mapParallel } from '../workers';
import type { ComparedParts } from './compareParts';
import { compareRanges } from './compareParts';
import { openSource } from './openSource';
import type { PartNote } from './partNote';
import { readPiece, readRange } from './readPart';
import { storePart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import { changedError, checkUnchanged } from '../transfer/unchanged';
import type { SharedJob } from './partJob';

/**
 * Uploads the parts of a file that can be read by range. A failed part is read and sent again on its own.
 * @throws MasvTransferError `file_changed` if the parts may be from different versions of the file
 */
export async function storeRange(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: RangeSource,
	job: SharedJob,
): Promise<void> {
	const { plan, upload, urls, stored, reuse, keep, sum } = job;
	const reader = await openSource(source);
	const compare = async (parts: ReadonlyMap<number, PartNote>): Promise<ComparedParts> =>
		await compareRanges(access, inFlight, source, reader, plan, parts);
	const storeIndex = async (index: number, signal: AbortSignal, isHashed = false): Promise<void> => {
		const range = partRange(plan, source.bytes, index);
		const url = await urls.get(index);
		const part = await inFlight.limit(async () => {
			const slot = inFlight.slots.take();
			try {
				// Fails early instead of after a long upload. For a single part, the check afterwards is enough.
				if (plan.parts > 1) await checkUnchanged(source, reader);
				return await storePart(withSignal(access, signal), inFlight, upload, urls, {
					index,
					url,
					bytes: range.length,
					isHashed,
					read: (attempt) =>
						range.length <= slot.piece.bytes
							? readPiece(source, reader, range, slot)
							: readRange(source, reader, range, slot, attempt),
				});
			} finally {
				inFlight.slots.give(slot);
			}
		});
		await keep(index, part);
	};
	try {
		// What has changed since the upload was planned matters for the parts of earlier runs, but not for those of this one.
		let stamp = plan.parts > 1 ? await reader.look() : source.stamp;
		const isUnsure = plan.parts > 1 && (await checkUnchanged(source, reader)) === 'unsure';
		const known = job.compare || isUnsure ? (await compare(job.known)).same : job.known;
		known.forEach((note, index) => reuse(index, note));
		const missing: number[] = [];
		for (let index = 0; index < plan.parts; index++) if (!known.has(index)) missing.push(index);
		await mapParallel(missing, plan.parallelParts, storeIndex, access.client.signal);
		for (;;) {
			await sum?.();
			if ((await checkUnchanged(source, reader, stamp)) === 'same') return;
			// With the modification time of before: it must not change while the file is compared, either.
			if (stamp !== undefined) stamp = { ...(await reader.look()), modified: stamp.modified };
			const { different, unknown } = await compare(stored);
			if (different.length > 0) throw changedError(source, 'its content changed');
			if (unknown.length === 0 && sum === undefined) return;
			// Sent again with a checksum, so that this ends even if somebody keeps changing the permissions of the file.
			for (const index of unknown) inFlight.meter.advance(-partRange(plan, source.bytes, index).length);
			await mapParallel(
				unknown,
				plan.parallelParts,
				async (index, signal) => await storeIndex(index, signal, true),
				access.client.signal,
			);
		}
	} finally {
		reader.close();
	}
}
