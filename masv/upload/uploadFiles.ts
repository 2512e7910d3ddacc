import type { MasvClient } from '../client';
import { MasvCancelledError, throwIfCancelled } from '../errors';
import { noLoad } from '../load';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvFile } from '../schemas';
import { createBudget } from '../transfer/budget';
import { createPartChecks } from './partChecks';
import { maxStreamBytes, planParts } from './partPlan';
import { createProgressMeter } from '../transfer/progress';
import { readAhead } from './readAhead';
import type { FileSource } from '../transfer/source';
import type { UploadRun } from './uploadRun';
import type { UploadedFile } from './uploadFile';
import { uploadFile } from './uploadFile';
import { labelOf } from '../transfer/places';
import { fetchPackageToken } from '../packages/find';
import { createSlots } from './slots';
import { fetchPartLimits } from './partLimits';
import type { UploadOptions } from './uploadOptions';
import { createLimit } from '../workers';

export const defaultParallelParts = 8;

/**
 * Workers that add and finalize files while others send parts: only one of the five requests for a small file carries
 * content. A large file takes as many workers as it has parts in flight. Thus small files saturate the connection, while
 * large ones are uploaded one after another, before their part URLs expire.
 */
const workersAhead = 12;

/**
 * Uploads files into an open package, with one limit on the parts in flight. Does not throw if a file fails: each file has
 * its own result, in the order of the sources. With `stopAtFirst`, the first failure cancels the other uploads, which then
 * fail with MasvCancelledError.
 */
export async function uploadFiles(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	options: UploadOptions & {
		stopAtFirst: boolean;
		/** See `KnownFiles.leftovers`. */
		leftovers?: MasvFile[];
		onFileStored?: (file: UploadedFile) => Promise<void>;
	},
): Promise<Array<PromiseSettledResult<UploadedFile>>> {
	const policy = options.policy ?? fifteenMinutesOfOutage;
	const parallelParts = options.parallelParts ?? defaultParallelParts;
	const [token, limits] = await Promise.all([fetchPackageToken(client, packageId), fetchPartLimits(client)]);
	const stop = new AbortController();
	const signal = client.signal === undefined ? stop.signal : AbortSignal.any([client.signal, stop.signal]);
	const totalBytes = sources.reduce((sum, source) => sum + source.bytes, 0);
	const run: UploadRun = {
		access: { client: client.withSignal(signal), packageId, token, policy },
		inFlight: {
			limit: createLimit(parallelParts),
			slots: createSlots(parallelParts),
			streamMemory: createBudget(maxStreamBytes),
			meter: createProgressMeter(
				client.clock,
				{ bytes: totalBytes, files: sources.length },
				options.onProgress,
				options.progressEveryMs ?? 10_000,
			),
			checks: createPartChecks({
				verifyParts: options.verifyParts ?? 'automatic',
				hashing: client.hashing,
				clock: client.clock,
				load: options.load ?? noLoad,
				totalBytes,
				onOpaque: () => options.onNotice?.(opaqueNotice),
			}),
		},
		known: { ownIds: new Set(), leftovers: options.leftovers ?? [], journal: options.journal },
		planOptions: { limits, parallelParts, partBytes: options.partBytes },
	};
	const queue = readAhead(sources, signal);
	const workers = createBudget(parallelParts + workersAhead);
	const uploadOne = async (index: number): Promise<UploadedFile> => {
		const source = sources[index] as FileSource;
		const plan = planParts({ ...run.planOptions, kind: source.kind, bytes: source.bytes, file: labelOf(source) });
		await workers.take(plan.parallelParts);
		try {
			throwIfCancelled(signal);
			const file = await uploadFile(run, queue.source(index), plan);
			await options.onFileStored?.(file);
			return file;
		} finally {
			workers.give(plan.parallelParts);
		}
	};
	return await Promise.allSettled(
		sources.map(async (_, index) => {
			try {
				return await uploadOne(index);
			} catch (error) {
				if (options.stopAtFirst) stop.abort(new MasvCancelledError(error));
				throw error;
			} finally {
				queue.release(index);
			}
		}),
	);
}

const opaqueNotice =
	"Uploaded parts are not verified: the storage's ETags are not MD5s, which is normal if it encrypts with KMS keys";

/** The failure that canceled the others. */
export function firstCause<T extends { reason: unknown }>(failures: T[]): T | undefined {
	return failures.find(({ reason }) => !(reason instanceof MasvCancelledError)) ?? failures[0];
}
