import type { UploadContext } from './context';
import type { StreamSource } from '../transfer/source';
import { storePart } from './storePart';
import type { PartCutter } from './partCutter';
import { createPartCutter } from './partCutter';
import type { SharedJob } from './storeParts';
import { withSignal, allOrFirstError } from './storeParts';
import { openSource } from './openSource';
import { partRange } from '../transfer/ranges';

/** The next part is read only when there is a place in the budget for it; its pieces stay until it is stored. */
export async function storeStream(context: UploadContext, source: StreamSource, job: SharedJob): Promise<void> {
	const { plan, upload, urls, known, keep } = job;
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	const stopped = context.client.signal;
	stopped?.addEventListener('abort', cutter.close);
	try {
		let next = 0;
		let cutting: Promise<unknown> = Promise.resolve();
		const cutNext = async (): Promise<{ index: number; pieces: Uint8Array[] } | undefined> => {
			while (next < plan.parts) {
				const index = next++;
				const pieces = await cutter.cut(partRange(plan, source.bytes, index).length);
				if (!known.has(index)) return { index, pieces };
			}
			return undefined;
		};
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = withSignal(context, signal);
			while (next < plan.parts && !signal.aborted) {
				await context.streamMemory.take(plan.partBytes);
				try {
					await context.budget(async () => {
						// In turn: a stream has one order, and a part's number is its place in it.
						const cut = cutting.then(cutNext);
						cutting = cut.catch(() => undefined);
						const part = await cut;
						if (part === undefined) return;
						const { index, pieces } = part;
						const url = await urls.get(index);
						const bytes = partRange(plan, source.bytes, index).length;
						const read = (): AsyncGenerator<Uint8Array> => pieceByPiece(pieces);
						await keep(index, await storePart(worker, upload, urls, { index, url, bytes, read }));
					});
				} finally {
					context.streamMemory.give(plan.partBytes);
				}
			}
		});
		await cutter.finish();
	} finally {
		stopped?.removeEventListener('abort', cutter.close);
		cutter.close();
	}
}

async function* pieceByPiece(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) yield await Promise.resolve(piece);
}
