import type { MasvClient } from '../client';
import { throwIfCancelled } from '../errors';
import { inTurns } from '../inTurns';
import type { Load } from '../load';
import { noLoad } from '../load';
import type { RetryPolicy } from '../retry';
import { fifteenMinutesOfOutage } from '../retry';
import { createBufferPool } from '../transfer/bufferPool';
import type { Guard } from '../transfer/guard';
import { createGuard } from '../transfer/guard';
import { createOutageWatch } from '../transfer/outageWatch';
import type { Lines } from '../transfer/lines';
import type { MemoryShares } from '../transfer/memoryShares';
import { receiveBuffers } from '../transfer/memoryShares';
import type { Progress, Total } from '../transfer/progress';
import { createProgressMeter } from '../transfer/progress';
import { openWidth } from '../transfer/width';
import { settled } from '../workers';
import type { VerifyContent } from './contentChecks';
import { createContentChecks } from './contentChecks';
import { downloadFile } from './downloadFile';
import type { DownloadedFile, DownloadRun, FileToDownload } from './downloadRun';
import type { DownloadNotebook } from './notes';
import { defaultMinRangeBytes } from './rangePlan';

/** They ask for addresses and give files their names: small files need little else. */
const workersAhead = 8;

export interface DownloadOptions {
	/** Maximum number of ranges in flight across all files. Default: what fills the line, or eight without `lines`. */
	parallelRanges?: number;
	/** Finds how many ranges in flight fill the line. Shared by all runs of the process. */
	lines?: Lines;
	/** Limits what is in memory. Shared by all transfers of the process. */
	memoryShares?: MemoryShares;
	/** Preferred size of a range, in bytes. */
	rangeBytes?: number;
	/** No range but the last of a file is smaller, in bytes. Default: 1 MiB. */
	minRangeBytes?: number;
	/** Maximum size of the buffers in which content is written, in bytes. */
	bufferBytes?: number;
	policy?: RetryPolicy;
	onProgress?: (progress: Progress) => void;
	/** Minimum interval between two reports. */
	progressEveryMs?: number;
	/** Default: automatic. */
	verifyContent?: VerifyContent;
	/** How busy the processor is, for the automatic verification. Default: never busy. */
	load?: Load;
	/** Told what a person should know although the download goes on. Contains no secrets. */
	onWarning?: (text: string) => void;
	/** Where runs leave notes, so that the next run receives only what is missing. */
	notebook?: DownloadNotebook;
	/** Asked before each effect on the disk. */
	guard?: Guard;
}

/** How much these files are. Of some, MASV does not tell the size. */
export function totalOf(files: ReadonlyArray<{ bytes: number | undefined }>): Total {
	let total: number | undefined = 0;
	for (const { bytes } of files) total = bytes === undefined || total === undefined ? undefined : total + bytes;
	return { bytes: total, files: files.length };
}

/**
 * Downloads files into their sinks, with one limit on the ranges in flight. Does not throw if a file fails: each file has its own
 * result, in the order of the files. In an outage, files that were not begun fail with the first one that has waited for its
 * end in vain.
 * @param toFile called when the file is begun: what a running download needs takes more memory than what is known of a file
 */
export async function downloadFiles<W>(
	client: MasvClient,
	wanted: Iterable<W>,
	toFile: (wanted: W) => FileToDownload,
	total: Total,
	options: DownloadOptions,
): Promise<Array<PromiseSettledResult<DownloadedFile>>> {
	const { lines, memoryShares, bufferBytes = Infinity } = options;
	const line = `from ${client.baseUrl}`;
	const width = openWidth({
		connections: options.parallelRanges,
		lines,
		line,
		memoryShares,
		buffers: receiveBuffers,
		workersAhead,
		clock: client.clock,
		load: options.load,
	});
	const run: DownloadRun = {
		client,
		policy: options.policy ?? fifteenMinutesOfOutage,
		guard: options.guard ?? createGuard(undefined, client.clock),
		width,
		pool: createBufferPool(() => Math.min(bufferBytes, width.bufferBytes)),
		meter: createProgressMeter(client.clock, total, options.onProgress, options.progressEveryMs ?? 10_000),
		checks: createContentChecks({
			mode: options.verifyContent ?? 'automatic',
			hashing: client.hashing,
			clock: client.clock,
			load: options.load ?? noLoad,
			totalBytes: total.bytes ?? 0,
			onWarning: options.onWarning,
		}),
		notebook: options.notebook,
		rangeBytes: options.rangeBytes,
		minRangeBytes: options.minRangeBytes,
	};
	const outage = createOutageWatch(client.clock, run.policy, 'downloaded');
	const downloadOne = async (file: FileToDownload, workers: number): Promise<DownloadedFile> => {
		try {
			throwIfCancelled(client.signal);
			outage.check(file);
			const downloaded = await downloadFile(run, file);
			outage.succeeded();
			return downloaded;
		} catch (error) {
			outage.failed(error);
			throw error;
		} finally {
			width.workers.give(workers);
		}
	};
	try {
		// A file is begun when there are workers for it: what waits takes memory, and there may be 100,000 files.
		const results: Array<PromiseSettledResult<DownloadedFile>> = [];
		const running = new Set<Promise<void>>();
		let begun = 0;
		// After a cancellation and in an outage, files end as soon as they are begun.
		await inTurns(wanted, client.clock, async (each) => {
			const index = begun++;
			const file = toFile(each);
			const workers = width.workersFor(
				file.bytes === undefined ? Infinity : Math.ceil(file.bytes / defaultMinRangeBytes),
			);
			await width.workers.take(workers);
			const end = settled(downloadOne(file, workers)).then((result) => {
				results[index] = result;
				running.delete(end);
			});
			running.add(end);
		});
		await Promise.all(running);
		return results;
	} finally {
		width.close();
	}
}
