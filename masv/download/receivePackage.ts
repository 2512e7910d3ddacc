import type { MasvClient } from '../client';
import { mapInTurns } from '../inTurns';
import { allReceived } from './downloadEntries';
import type { Md5Check } from './md5Check';
import type { DownloadedFile } from './downloadRun';
import type { ChangedName } from './localNames';
import type { SkippedEntry } from './planReceive';
import type { ReceiveRequest } from './receiveToFolder';
import { receiveToFolder } from './receiveToFolder';

export type { ReceiveRequest };

/** Plain JSON. */
export interface ReceiveResult {
	package: { id: string; name: string };
	/** The folder of the package. */
	folder: string;
	/** Sums over the files that were received. */
	bytes: number;
	duration_ms: number;
	skipped: Array<Pick<SkippedEntry, 'path' | 'reason'>>;
	/** Files and folders that have another name on disk than in MASV. */
	renamed: ChangedName[];
	/** What a person should know although the files were received. */
	warnings: string[];
	/** Undefined if it was not asked for. */
	md5_check?: Md5Check;
	files: DownloadedFile[];
}

/**
 * Receives the files of a package into a folder of its own. If files fail, the others are received before the error is thrown.
 * @throws as {@link receiveToFolder}; the error of the first file that failed
 */
export async function receivePackage(client: MasvClient, request: ReceiveRequest): Promise<ReceiveResult> {
	const received = await receiveToFolder(client, request);
	const { clock } = client;
	const files = await allReceived(received.results, clock);
	return {
		package: received.package,
		folder: received.folder,
		bytes: files.reduce((sum, { size }) => sum + size, 0),
		duration_ms: received.durationMs,
		skipped: await mapInTurns(received.skipped, clock, ({ path, reason }) => ({ path, reason })),
		renamed: received.renamed,
		warnings: received.warnings,
		...(received.md5Check !== undefined && { md5_check: received.md5Check }),
		files,
	};
}
