import type { OpenUpload, StoredPart, UploadContext } from './context';
import type { PartPlan } from './partPlan';
import type { PartUrls } from './partUrls';
import { createPartUrls } from './partUrls';
import type { FileSource } from '../transfer/source';
import { storeRange } from './storeRange';
import { storeStream } from './storeStream';
import { partRange } from '../transfer/ranges';

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
export interface SharedJob extends Omit<PartJob, 'remember'> {
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

export function withSignal(context: UploadContext, signal: AbortSignal): UploadContext {
	return signal === context.client.signal ? context : { ...context, client: context.client.withSignal(signal) };
}

/**
 * `count` workers side by side. The first that fails stops the others, and only when all have ended is its error thrown:
 * nothing goes on behind the caller's back.
 */
export async function allOrFirstError(
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
