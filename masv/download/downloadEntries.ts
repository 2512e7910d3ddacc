import type { MasvClient } from '../client';
import type { Clock } from '../clock';
import { MasvError } from '../errors';
import { inTurns } from '../inTurns';
import type { FileSink } from '../transfer/sink';
import type { DownloadAccess } from './access';
import type { DownloadOptions } from './downloadFiles';
import { downloadEach, totalOf } from './downloadFiles';
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
	return await downloadEach(client, wanted, toFile, total, options);
}

export function hasFailed(results: ReadonlyArray<PromiseSettledResult<unknown>>): boolean {
	return results.some(({ status }) => status === 'rejected');
}

/** In turns with other work of the process. @throws the error of the first file that failed, which says how far the others have come */
export async function allReceived<T>(
	results: ReadonlyArray<PromiseSettledResult<T>>,
	clock: Pick<Clock, 'sleep'>,
): Promise<T[]> {
	const failure = firstFailure(results);
	if (failure !== undefined) throw failure.error;
	const received: T[] = [];
	await inTurns(results, clock, (result) => void (result.status === 'fulfilled' && received.push(result.value)));
	return received;
}

/** The same error, and the number of its file. */
export function firstFailure(
	results: ReadonlyArray<PromiseSettledResult<unknown>>,
): { index: number; error: unknown } | undefined {
	const index = results.findIndex(({ status }) => status === 'rejected');
	const failure = results[index];
	if (failure?.status !== 'rejected') return undefined;
	const received = results.filter(({ status }) => status === 'fulfilled').length;
	return { index, error: addProgress(failure.reason, received, results.length) };
}

function addProgress(reason: unknown, received: number, wanted: number): unknown {
	if (reason instanceof MasvError && wanted > 1) {
		reason.addHint(`${received} of ${wanted} files were received. Run this again to receive the others.`);
	}
	return reason;
}
