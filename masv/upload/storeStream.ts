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

/** Uploads the parts of a stream. A part is read when the memory budget permits, and stays in memory until uploaded. */
export async function storeStream(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: StreamSource,
	job: SharedJob,
): Promise<void> {
	const { plan, upload, urls, known, missing, keep } = job;
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	const runSignal = access.client.signal;
	runSignal?.addEventListener('abort', cutter.close);
	let next = 0;
	let cutting: Promise<unknown> = Promise.resolve();
	/** The next missing part. Parts already uploaded are read and skipped. */
	const cutNext = async (): Promise<{ index: number; pieces: Uint8Array[] }> => {
		for (;;) {
			const index = next++;
			const pieces = await cutter.cut(partRange(plan, source.bytes, index).length);
			if (!known.has(index)) return { index, pieces };
		}
	};
	const storeNext = async (signal: AbortSignal): Promise<void> => {
		// One read at a time: the number of a part is its position in the stream.
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
					// Another part may have failed while this one waited for memory.
					throwIfCancelled(signal);
					await inFlight.limit(storeNext, signal);
				} finally {
					inFlight.streamMemory.give(plan.partBytes);
				}
			},
			access.client.signal,
		);
		// Read the remaining parts, which are already uploaded, to check that the stream has the expected length.
		while (next < plan.parts) await cutter.cut(partRange(plan, source.bytes, next++).length);
		await cutter.finish();
	} finally {
		runSignal?.removeEventListener('abort', cutter.close);
		cutter.close();
	}
}

async function* pieceByPiece(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) yield await Promise.resolve(piece);
}
