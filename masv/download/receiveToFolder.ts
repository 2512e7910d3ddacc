import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { FileSink } from '../transfer/sink';
import type { DownloadAccess } from './access';
import type { Md5Check } from './md5Check';
import { checkMd5Lists } from './checkMd5Lists';
import { md5sOfFolder } from './md5sOfFolder';
import type { EntryResults } from './downloadEntries';
import { downloadEntries, hasFailed } from './downloadEntries';
import type { DownloadOptions } from './downloadFiles';
import { checkFreeSpace } from './freeSpace';
import type { ChangedName } from './localNames';
import { listEntries } from './listEntries';
import type { NameRules } from './nameRules';
import { alsoForWindows } from './nameRules';
import type { RecordedNotebook } from './notes';
import type { OpenSource, PackageSource } from './openSource';
import { openSource } from './openSource';
import { openPackageFolder } from './packageFolder';
import type { PlanOptions, ReceiveJob, SkippedEntry } from './planReceive';
import { planReceive } from './planReceive';
import type { TakeDownloadOptions } from './takeDownload';
import type { TargetFolder } from './target';
import { usedFolders } from './usedFolders';
import { withDownload } from './withDownload';

export interface ReceiveRequest
	extends
		Omit<DownloadOptions, 'notebook' | 'guard'>,
		Pick<PlanOptions, 'ifExists' | 'infected' | 'archives' | 'isWanted' | 'onListed'>,
		TakeDownloadOptions {
	source: PackageSource;
	/** The folder that the folder of the package is in. Closed by the caller. */
	target: TargetFolder;
	/** Which names the disk allows. Default: found out by trying. */
	rules?: NameRules;
	/** Whether names must be valid on Windows, too, to which the files are copied later. */
	namesForWindows?: boolean;
	/** Whether to check the files against lists of MD5s that are among them, see {@link checkMd5Lists}. */
	checkMd5?: boolean;
}

export interface FolderReceipt {
	package: { id: string; name: string };
	/** The folder of the package. */
	folder: string;
	durationMs: number;
	skipped: SkippedEntry[];
	/** Files and folders that have another name on disk than in MASV. */
	renamed: ChangedName[];
	/** What a person should know although the files were received. */
	warnings: string[];
	jobs: ReceiveJob[];
	/** Of the jobs. */
	results: EntryResults;
	/** Undefined if it was not asked for, or files have failed. */
	md5Check: Md5Check | undefined;
}

/**
 * Receives files of a package into a folder of its own. A file has its final name only when it is whole, and what an earlier
 * run has received is not received again. Does not throw if a file fails: the others are received.
 * @throws MasvInputError `file_exists`, `download_running`; MasvError `disk_full`, `folder_taken`
 */
export async function receiveToFolder(client: MasvClient, request: ReceiveRequest): Promise<FolderReceipt> {
	const startedAt = client.clock.now();
	const found = await openSource(client, request.source, request.policy);
	const ofDisk = request.rules ?? (await request.target.readRules());
	const rules = request.namesForWindows === true ? alsoForWindows(ofDisk) : ofDisk;
	const open = async (): Promise<TargetFolder> => await openPackageFolder(request.target, found, rules);
	const folder = await open();
	try {
		return await withDownload(client, found, folder.location, request, async (context) => {
			const { client: guarded, access, taken, warnings, onWarning } = context;
			const options = { ...request, onWarning, notebook: taken.notebook, guard: taken.guard };
			// While this run waited for another one, people may have moved the folder, and another package may have got its name.
			const current = await open();
			try {
				if (current.location !== folder.location) throw takenError(folder);
				const received = await receiveInto(guarded, current, access, found, rules, options);
				if (hasFailed(received.results)) context.keepNotes();
				return {
					package: { id: found.id, name: found.name },
					folder: folder.location,
					durationMs: client.clock.now() - startedAt,
					warnings,
					...received,
				};
			} finally {
				current.close();
			}
		});
	} finally {
		folder.close();
	}
}

function takenError({ location }: TargetFolder): MasvError {
	return new MasvError(`"${location}" belongs to another package now`, {
		code: 'folder_taken',
		hint: 'Run this again to receive the files into another folder.',
	});
}

async function receiveInto(
	client: MasvClient,
	folder: TargetFolder,
	access: DownloadAccess,
	found: OpenSource,
	rules: NameRules,
	options: DownloadOptions & ReceiveRequest & { notebook: RecordedNotebook | undefined },
): Promise<Pick<FolderReceipt, 'skipped' | 'renamed' | 'jobs' | 'results' | 'md5Check'>> {
	const { notebook, guard } = options;
	const { clock, hashing, signal } = client;
	const entries = await listEntries(client, access, found, options);
	const choice = { ...options, rules, hashing, clock, signal, known: notebook?.whole };
	const plan = await planReceive(folder, entries, found.containsVirus, choice);
	const isLeft = ({ reason }: SkippedEntry): boolean => reason !== 'same' && reason !== 'differs';
	notebook?.leave(plan.skipped.filter(isLeft).map(({ entry }) => entry.id));
	await checkFreeSpace(folder, plan.jobs);
	for (const path of plan.directories) {
		await guard?.check();
		await folder.makeFolder(path);
	}
	const toSink = (job: ReceiveJob): FileSink => folder.sink(job, { replace: job.replace });
	const results = await downloadEntries(client, access, found.partBytes, { wanted: plan.jobs, toSink }, options);
	// What is reported is there, also after a power failure: others rely on it, and no later run may look again. Once canceled, nothing
	// is reported.
	if (signal?.aborted !== true) {
		await folder.sync(await usedFolders(plan, clock)).catch((error: unknown) => {
			// A disk that is gone fails here as well, but says less about it.
			const failed = results.find((result) => result.status === 'rejected');
			throw failed === undefined ? error : failed.reason;
		});
	}
	const isChecked = options.checkMd5 === true && !hasFailed(results);
	const warn = (text: string): void => options.onWarning?.(text);
	const md5Check = isChecked
		? await checkMd5Lists(client, md5sOfFolder(client, folder, plan, results), warn)
		: undefined;
	return { skipped: plan.skipped, renamed: plan.changed, jobs: plan.jobs, results, md5Check };
}
