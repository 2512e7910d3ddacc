import type { MasvClient } from '../client';
import type { Clock } from '../clock';
import { MasvError } from '../errors';
import { inTurns } from '../inTurns';
import type { FileSink } from '../transfer/sink';
import type { DownloadAccess } from './access';
import type { DownloadOptions } from './downloadFiles';
import { downloadFiles, totalOf } from './downloadFiles';
import type { DownloadedFile, FileToDownload } from './downloadRun';
import type { Blueprint } from '../schemas';
import type { PackageEntry } from './selectFiles';

export interface WantedEntries<W> {
	wanted: readonly W[];
	toSink: (wanted: W) => FileSink;
}

/** What became of each file, in the order in which they were wanted. */
export type EntryResults = Array<PromiseSettledResult<DownloadedFile>>;

/**
 * Downloads files of a package, each into its sink. Does not throw if a file fails.
 * @param partBytes size of the parts in which they were uploaded, if known
 */
export async function downloadEntries<W extends { entry: PackageEntry }>(
	client: MasvClient,
	access: DownloadAccess,
	partBytes: number | undefined,
	{ wanted, toSink }: WantedEntries<W>,
	options: DownloadOptions,
): Promise<EntryResults> {
	const toFile = (each: W): FileToDownload => {
		const { id, name, path, bytes, modifiedMs } = each.entry;
		const modifiedAt = modifiedMs === undefined ? undefined : new Date(modifiedMs);
		const address = async (): Promise<Blueprint> => await access.address(each.entry);
		return { id, name, path, bytes, modifiedAt, partBytes, sink: toSink(each), address };
	};
	const total = totalOf(wanted.map(({ entry }) => entry));
	return await downloadFiles(client, wanted, toFile, total, options);
}

export function hasFailed(results: ReadonlyArray<PromiseSettledResult<unknown>>): boolean {
	return results.some(({ status }) => status === 'rejected');
}

/**
 * In turns with other work of the process.
 * @param isKept see {@link firstFailure}
 * @throws the error of the first file that failed
 */
export async function allReceived<T>(
	results: ReadonlyArray<PromiseSettledResult<T>>,
	clock: Pick<Clock, 'sleep'>,
	isKept = true,
): Promise<T[]> {
	const failure = firstFailure(results, isKept);
	if (failure !== undefined) throw failure.error;
	const received: T[] = [];
	await inTurns(results, clock, (result) => void (result.status === 'fulfilled' && received.push(result.value)));
	return received;
}

/**
 * The error of the first file that failed, and the number of the file.
 * @param isKept whether the next run finds the files that were received: then, the error says how many they are
 */
export function firstFailure(
	results: ReadonlyArray<PromiseSettledResult<unknown>>,
	isKept: boolean,
): { index: number; error: unknown } | undefined {
	const index = results.findIndex(({ status }) => status === 'rejected');
	const failure = results[index];
	if (failure?.status !== 'rejected') return undefined;
	if (!isKept) return { index, error: failure.reason };
	const received = results.filter(({ status }) => status === 'fulfilled').length;
	return { index, error: addProgress(failure.reason, received, results.length) };
}

function addProgress(reason: unknown, received: number, wanted: number): unknown {
	if (reason instanceof MasvError && wanted > 1) {
		reason.addHint(`${received} of ${wanted} files were received. Run this again to receive the others.`);
	}
	return reason;
}
