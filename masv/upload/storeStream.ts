import { throwIfCancelled } from '../errors';
import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { StreamSource } from '../transfer/source';
import { mapParallel } from '../workers';
import { openSource } from './openSource';
import type { PartCutter } from './partCutter';
import { createPartCutter } from './partCutter';
import { storePart } from './storePart';
import type { PartsInFlight } from './uploadRun';
import type { SharedJob } from './partJob';

/** The next part is read only when there is a place in the budget for it; its pieces stay until it is stored. */
export async function storeStream(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: StreamSource,
	job: SharedJob,
): Promise<void> {
	const { plan, upload, urls, known, missing, keep } = job;
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	const stopped = access.client.signal;
	stopped?.addEventListener('abort', cutter.close);
	let next = 0;
	let cutting: Promise<unknown> = Promise.resolve();
	/** The pieces of the next part that is missing. Those before it are read, too, because a stream has one order. */
	const cutNext = async (): Promise<{ index: number; pieces: Uint8Array[] }> => {
		for (;;) {
			const index = next++;
			const pieces = await cutter.cut(partRange(plan, source.bytes, index).length);
			if (!known.has(index)) return { index, pieces };
		}
	};
	const storeNext = async (signal: AbortSignal): Promise<void> => {
		// In turn: a part's number is its place in the stream.
		const cut = cutting.then(cutNext);
		cutting = cut.catch(() => undefined);
		const { index, pieces } = await cut;
		const url = await urls.get(index);
		const bytes = partRange(plan, source.bytes, index).length;
		const read = (): AsyncGenerator<Uint8Array> => pieceByPiece(pieces);
		const worker = withSignal(access, signal);
		await keep(index, await storePart(worker, inFlight.meter, upload, urls, { index, url, bytes, read }));
	};
	try {
		await mapParallel(
			missing,
			plan.parallelParts,
			async (_, signal) => {
				await inFlight.streamMemory.take(plan.partBytes);
				try {
					// Another part may have failed while this one waited for memory: nothing more is read then.
					throwIfCancelled(signal);
					await inFlight.limit(storeNext, signal);
				} finally {
					inFlight.streamMemory.give(plan.partBytes);
				}
			},
			access.client.signal,
		);
		// Behind the last part that was missing there may be others that are stored, and then the end.
		while (next < plan.parts) await cutter.cut(partRange(plan, source.bytes, next++).length);
		await cutter.finish();
	} finally {
		stopped?.removeEventListener('abort', cutter.close);
		cutter.close();
	}
}

async function* pieceByPiece(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) yield await Promise.resolve(piece);
}
