import { throwIfCancelled } from '../errors';
import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { StreamSource } from '../transfer/source';
import { mapParallel } from '../workers';
import { openSource } from './openSource';
import type { PartCutter } from './partCutter';
import { createPartCutter } from './partCutter';
import { startComparison } from './partComparison';
import type { PartNote } from './partNote';
import type { PieceSize } from './pieceSize';
import { storePart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import type { SharedJob } from './partJob';

/** A part as it was read. */
interface CutPart {
	index: number;
	pieces: Uint8Array[];
	/** The note of a known part that has the same content. */
	same: PartNote | undefined;
}

/**
 * Uploads the parts of a stream. A part is read when the memory budget permits, and stays in memory until uploaded. Known
 * parts are read as well, compared, and skipped if they are the same.
 */
export async function storeStream(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: StreamSource,
	job: SharedJob,
): Promise<void> {
	const { plan, upload, urls, known, reuse, keep, sum } = job;
	const { client } = access;
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	const runSignal = client.signal;
	runSignal?.addEventListener('abort', cutter.close);
	let next = 0;
	let cutting: Promise<unknown> = Promise.resolve();
	const cutNext = async (): Promise<CutPart> => {
		const index = next++;
		const note = known.get(index);
		const comparison = note === undefined ? undefined : startComparison(client.hashing, note);
		const pieces = await cutter.cut(partRange(plan, source.bytes, index).length, (piece) => comparison?.update(piece));
		// Pieces that are in memory already arrive without a pause, and hashing them all at once would block the event loop.
		if (comparison !== undefined) await client.clock.sleep(0);
		return { index, pieces, same: comparison?.finish() };
	};
	const storeNext = async (signal: AbortSignal): Promise<void> => {
		// One read at a time: the number of a part is its position in the stream.
		const cut = cutting.then(cutNext);
		cutting = cut.catch(() => undefined);
		const { index, pieces, same } = await cut;
		if (same !== undefined) return reuse(index, same);
		const url = await urls.get(index);
		const bytes = partRange(plan, source.bytes, index).length;
		// For the size of pieces that it has found for its connection. Its buffers are not used.
		const slot = inFlight.slots.take();
		try {
			const read = (): AsyncGenerator<Uint8Array> => pieceByPiece(pieces, slot.piece);
			const worker = withSignal(access, signal);
			await keep(index, await storePart(worker, inFlight, upload, urls, { index, url, bytes, read }));
		} finally {
			inFlight.slots.give(slot);
		}
	};
	try {
		await mapParallel(
			Array.from({ length: plan.parts }),
			plan.parallelParts,
			async (_, signal) => {
				await inFlight.streamMemory.take(plan.partBytes);
				try {
					// Another part may have failed while this one waited for memory.
					throwIfCancelled(signal);
					await inFlight.limit(storeNext, signal);
				} finally {
					inFlight.streamMemory.give(plan.partBytes);
				}
			},
			client.signal,
		);
		await cutter.finish();
		await sum?.();
	} finally {
		runSignal?.removeEventListener('abort', cutter.close);
		cutter.close();
	}
}

/** Large pieces are divided, so that hashing one does not block the event loop. */
async function* pieceByPiece(pieces: Uint8Array[], size: PieceSize): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) {
		for (let start = 0; start < piece.length;) {
			const next = await Promise.resolve(piece.subarray(start, start + size.bytes));
			const sent = size.begin();
			yield next;
			sent();
			start += next.length;
		}
	}
}
