import { MasvCancelledError, throwIfCancelled } from '../errors';
import { inTurns, quickly } from '../inTurns';
import { noLoad } from '../load';
import { createBudget } from '../transfer/budget';
import type { OutageWatch } from '../transfer/outageWatch';
import { createOutageWatch } from '../transfer/outageWatch';
import { createFileSums } from './fileSums';
import { createPartChecks } from './partChecks';
import type { PartPlan } from './partPlan';
import { maxStreamBytes, planParts } from './partPlan';
import { sendBuffers } from '../transfer/memoryShares';
import { createProgressMeter } from '../transfer/progress';
import type { Width } from '../transfer/width';
import { openWidth } from '../transfer/width';
import type { FileQueue } from './readAhead';
import { readAhead } from './readAhead';
import type { FileSource } from '../transfer/source';
import { sharingLists } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import type { KnownFiles, UploadRun } from './uploadRun';
import type { UploadedFile } from './uploadedFile';
import type { FileStart } from './uploadFile';
import { uploadFile } from './uploadFile';
import { labelOf } from '../transfer/places';
import { settled } from '../workers';
import { createSlots } from './slots';
import { fetchPartLimits } from './partLimits';
import type { UploadOptions } from './uploadOptions';

/** A file to upload, and where to begin. */
export interface FileJob {
	source: FileSource;
	start: FileStart;
	/** Of the last file: it is begun once all others are uploaded, after this was called with them. */
	prepare?: (others: UploadedFile[]) => Promise<void>;
}

export interface UploadFilesOptions extends UploadOptions {
	stopAtFirst: boolean;
	/** Whether to compute the MD5 of each whole file. */
	wholeMd5?: boolean;
	/** Called for each file as soon as it has succeeded or failed. */
	onFileEnd?: (source: FileSource, isDone: boolean) => Promise<void>;
}

const workersAhead = 12;
/** Of the five requests for a small file, one carries content: while it is sent, four others are being prepared or finished. */
const aheadPerConnection = 4;

/**
 * Uploads files into an open package, with one limit on the parts in flight. Does not throw if a file fails: each file has
 * its own result, in the order of the jobs. In an outage, files that were not begun fail with the first one that has waited
 * for its end in vain. With `stopAtFirst`, the first failure cancels the other uploads, which then fail with
 * MasvCancelledError.
 */
export async function uploadFiles(
	access: PackageAccess,
	jobs: FileJob[],
	known: KnownFiles,
	options: UploadFilesOptions,
): Promise<Array<PromiseSettledResult<UploadedFile>>> {
	if (jobs.length === 0) return [];
	const { client } = access;
	const sources = jobs.map(({ source }) => source);
	const limits = await fetchPartLimits(client);
	const { lines, memoryShares } = options;
	const line = `to ${client.baseUrl}`;
	const streamMemory = createBudget(maxStreamBytes);
	const onMemory = (share: number): void => streamMemory.setLimit(maxStreamBytes * share);
	const width = openWidth({
		...{ connections: options.parallelParts, lines, line, memoryShares, onMemory },
		...{ buffers: sendBuffers, workersAhead, aheadPerConnection },
		...{ clock: client.clock, load: options.load },
	});
	const parallelParts = width.most;
	const stop = new AbortController();
	const signal = client.signal === undefined ? stop.signal : AbortSignal.any([client.signal, stop.signal]);
	const totalBytes = sources.reduce((sum, source) => sum + source.bytes, 0);
	const meter = createProgressMeter(
		client.clock,
		{ bytes: totalBytes, files: sources.length },
		options.onProgress,
		options.progressEveryMs ?? 10_000,
		width,
	);
	const run: UploadRun = {
		sums: options.wholeMd5 === true ? createFileSums(client.hashing) : undefined,
		keepsContentSums: options.contentSums === true,
		access: sharingLists(withSignal(access, signal)),
		inFlight: {
			limit: width.limit,
			slots: createSlots(parallelParts, client.clock, width),
			streamMemory,
			meter,
			onFailure: (error) => width.failed(error),
			checks: createPartChecks({
				verifyParts: options.verifyParts ?? 'automatic',
				hashing: client.hashing,
				clock: client.clock,
				load: options.load ?? noLoad,
				totalBytes,
				isNoted: known.notebook !== undefined,
				isSummed: options.contentSums === true,
				onOpaque: () => options.onWarning?.(opaqueNotice),
			}),
		},
		known,
		planOptions: { limits, parallelParts, partBytes: options.partBytes },
	};
	const queue = readAhead(sources, signal);
	const outage = createOutageWatch(client.clock, access.policy, 'uploaded');
	const ends: Array<Promise<PromiseSettledResult<UploadedFile>>> = [];
	const shared: SharedByFiles = { run, jobs, ends, width, queue, outage, stop, signal, options };
	// A file that is too large fails before the first one is sent.
	const plans: Array<PartPlan | undefined> = [];
	const plan = ([index, source]: [number, FileSource]): void => {
		try {
			plans[index] = planParts({ ...run.planOptions, kind: source.kind, bytes: source.bytes, file: labelOf(source) });
		} catch (error) {
			plans[index] = undefined;
			ends[index] = settled(finish(shared, index, 0, () => Promise.reject(error)));
		}
	};
	try {
		await inTurns(sources.entries(), client.clock, plan, quickly);
		// A file is begun when there are workers for it: what waits takes memory, and there may be 100,000 files.
		// After a cancellation and in an outage, files end as soon as they are begun.
		await inTurns(plans.entries(), client.clock, async ([index, planned]) => {
			if (planned === undefined) return;
			const workers = width.workersFor(planned.parallelParts);
			await width.workers.take(workers);
			ends[index] = settled(finish(shared, index, workers, () => upload(shared, index, planned)));
		});
		return await Promise.all(ends);
	} finally {
		width.close();
	}
}

/** What the files of one call share. */
interface SharedByFiles {
	run: UploadRun;
	jobs: FileJob[];
	/** The results so far, by index. */
	ends: ReadonlyArray<Promise<PromiseSettledResult<UploadedFile>>>;
	width: Width;
	queue: FileQueue;
	outage: OutageWatch;
	/** Ends what `signal` is for. */
	stop: AbortController;
	signal: AbortSignal;
	options: UploadFilesOptions;
}

async function upload(
	{ run, jobs, ends, queue, outage }: SharedByFiles,
	index: number,
	plan: PartPlan,
): Promise<UploadedFile> {
	const { source, start, prepare } = jobs[index] as FileJob;
	if (prepare !== undefined) await prepare(valuesOf(await Promise.all(ends.slice(0, index))));
	outage.check(source);
	const read = run.sums?.follow(queue.source(index)) ?? queue.source(index);
	try {
		return await uploadFile(run, read, plan, start);
	} finally {
		run.sums?.release(read);
	}
}

/** @param workers that the file has taken */
async function finish(
	{ jobs, width, queue, outage, stop, signal, options }: SharedByFiles,
	index: number,
	workers: number,
	work: () => Promise<UploadedFile>,
): Promise<UploadedFile> {
	let isDone = false;
	try {
		throwIfCancelled(signal);
		const file = await work();
		isDone = true;
		outage.succeeded();
		return file;
	} catch (error) {
		outage.failed(error);
		if (options.stopAtFirst) stop.abort(new MasvCancelledError(error));
		throw error;
	} finally {
		// Only now: the file that gets the workers must not begin in an outage.
		width.workers.give(workers);
		queue.release(index);
		await options.onFileEnd?.((jobs[index] as FileJob).source, isDone);
	}
}

/** @throws the reason of the first failure */
function valuesOf<T>(results: ReadonlyArray<PromiseSettledResult<T>>): T[] {
	return results.map((result) => {
		if (result.status === 'rejected') throw result.reason;
		return result.value;
	});
}

const opaqueNotice =
	"Uploaded parts are not verified: the storage's ETags are not MD5s, which is normal if it encrypts with KMS keys";

/** The failure that canceled the others. */
export function firstCause<T extends { reason: unknown }>(failures: T[]): T | undefined {
	return failures.find(({ reason }) => !(reason instanceof MasvCancelledError)) ?? failures[0];
}
