import { MasvError, MasvUploadError } from '../errors';
import type { OpenUpload, StoredPart, UploadContext } from './context';
import type { PartPlan } from './partPlan';
import { partRange } from './partPlan';
import type { PartUrls } from './partUrls';
import { createPartUrls } from './partUrls';
import type { PartCutter } from './readPart';
import { createPartCutter, pieceBytes, readPiece, readRange } from './readPart';
import type { FileFacts, FileSource, RangeSource, StreamSource } from '../transfer/source';
import { checkUnchanged } from '../transfer/source';
import { storePart } from './storePart';
import { labelOf } from '../transfer/places';

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
interface SharedJob extends Omit<PartJob, 'remember'> {
	urls: PartUrls;
	keep: (index: number, part: StoredPart) => Promise<void>;
}

/** Stores all parts that are not known yet; the result holds them all, in order. */
export async function storeParts(context: UploadContext, source: FileSource, job: PartJob): Promise<StoredPart[]> {
	const { plan, upload, known } = job;
	const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
	for (const [index, etag] of known) {
		parts[index] = { etag, attempts: 0 };
		context.meter.skip(partRange(plan, source.bytes, index).length);
	}
	const shared: SharedJob = {
		plan,
		upload,
		known,
		urls: createPartUrls(context.client, upload, plan.parts, context.policy),
		keep: async (index, part) => {
			parts[index] = part;
			await job.remember(index, part.etag);
		},
	};
	await (source.kind === 'range' ? storeRange(context, source, shared) : storeStream(context, source, shared));
	return parts;
}

/** N workers on one counter. Any part may be read again, so a failed one costs only itself. */
async function storeRange(context: UploadContext, source: RangeSource, job: SharedJob): Promise<void> {
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

/** The next part is read only when there is a place in the budget for it; its pieces stay until it is stored. */
async function storeStream(context: UploadContext, source: StreamSource, job: SharedJob): Promise<void> {
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

function withSignal(context: UploadContext, signal: AbortSignal): UploadContext {
	return signal === context.client.signal ? context : { ...context, client: context.client.withSignal(signal) };
}

async function* pieceByPiece(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) yield await Promise.resolve(piece);
}

async function openSource<T>(source: FileFacts & { open(): Promise<T> }): Promise<T> {
	try {
		return await source.open();
	} catch (error) {
		if (error instanceof MasvError) throw error;
		throw new MasvUploadError(`"${labelOf(source)}" cannot be read: ${reasonOf(error)}`, {
			file: labelOf(source),
			hint: 'Check that the file is still there and that n8n may read it.',
			cause: error,
		});
	}
}

function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === 'string' ? code : error instanceof Error ? error.message : 'for a reason unknown';
}

/**
 * `count` workers side by side. The first that fails stops the others, and only when all have ended is its error thrown:
 * nothing goes on behind the caller's back.
 */
async function allOrFirstError(
	count: number,
	outer: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
	// A worker alone has nobody to stop; with thousands of small files that is worth something.
	if (count === 1 && outer !== undefined) return await work(outer);
	const stop = new AbortController();
	const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
	let failed: { error: unknown } | undefined;
	await Promise.all(
		Array.from({ length: count }, async () => {
			try {
				await work(signal);
			} catch (error) {
				failed ??= { error };
				stop.abort(error);
			}
		}),
	);
	if (failed !== undefined) throw failed.error;
}
