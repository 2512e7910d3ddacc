import type { UploadContext } from './context';
import { readPiece, readRange } from './readPart';
import type { RangeSource } from '../transfer/source';
import { checkUnchanged } from '../transfer/source';
import { storePart } from './storePart';
import { pieceBytes } from './slots';
import type { SharedJob } from './storeParts';
import { withSignal, allOrFirstError } from './storeParts';
import { openSource } from './openSource';
import { partRange } from '../transfer/ranges';

/** N workers on one counter. Any part may be read again, so a failed one costs only itself. */
export async function storeRange(context: UploadContext, source: RangeSource, job: SharedJob): Promise<void> {
	const { plan, upload, urls, known, keep } = job;
	const reader = await openSource(source);
	try {
		// To fail before hours are spent; what is read in one go is looked at once, afterwards.
		if (plan.parts > 1) checkUnchanged(source, reader);
		let next = 0;
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = withSignal(context, signal);
			while (next < plan.parts) {
				const index = next++;
				if (known.has(index)) continue;
				const range = partRange(plan, source.bytes, index);
				const url = await urls.get(index);
				const stored = await context.budget(async () => {
					const slot = context.slots.take();
					try {
						return await storePart(worker, upload, urls, {
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
						context.slots.give(slot);
					}
				});
				await keep(index, stored);
			}
		});
		checkUnchanged(source, reader);
	} finally {
		reader.close();
	}
}
