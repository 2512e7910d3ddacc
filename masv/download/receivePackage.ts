import type { MasvClient } from '../client';
import { fetchFilesWith } from '../packages/files';
import type { Journal } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import type { DownloadAccess } from './access';
import { downloadEntries } from './downloadEntries';
import type { DownloadOptions } from './downloadFiles';
import type { DownloadedFile } from './downloadRun';
import { checkFreeSpace } from './freeSpace';
import type { ChangedName } from './localNames';
import type { NameRules } from './nameRules';
import type { PackageSource } from './openSource';
import { openSource } from './openSource';
import { toPackageEntry } from './packageEntry';
import { openPackageFolder } from './packageFolder';
import type { PlanOptions, SkippedFile } from './planReceive';
import { planReceive } from './planReceive';
import type { TargetFolder } from './target';
import { withDownload } from './withDownload';

export interface ReceiveRequest
	extends
		Omit<DownloadOptions, 'notebook' | 'guard' | 'onFileEnd'>,
		Pick<PlanOptions, 'ifExists' | 'infected' | 'archives' | 'isWanted'> {
	source: PackageSource;
	/** The folder that the folder of the package is in. Closed by the caller. */
	target: TargetFolder;
	/** Which names to give. Default: those that the disk allows. */
	rules?: NameRules;
	journal?: Journal;
	leases?: Leases;
	ifRunning?: 'fail' | 'wait';
}

/** Plain JSON. */
export interface ReceiveResult {
	package: { id: string; name: string };
	/** The folder of the package. */
	folder: string;
	/** Sums over the files that were received. */
	bytes: number;
	duration_ms: number;
	skipped: SkippedFile[];
	/** Files and folders that have another name on disk than in MASV. */
	renamed: ChangedName[];
	/** What a person should know although the files were received. */
	warnings: string[];
	files: DownloadedFile[];
}

/**
 * Receives the files of a package into a folder of its own. A file has its final name only when it is whole, and what an earlier
 * run has received is not received again. If files fail, the others are received before the error is thrown.
 * @throws MasvInputError `file_exists`, `download_running`; MasvError `disk_full`, `folder_taken`; the error of the first file
 * that failed
 */
export async function receivePackage(client: MasvClient, request: ReceiveRequest): Promise<ReceiveResult> {
	const startedAt = client.clock.now();
	const found = await openSource(client, request.source, request.policy);
	const rules = request.rules ?? (await request.target.readRules());
	const folder = await openPackageFolder(request.target, found, rules);
	try {
		return await withDownload(client, found, [folder.location], request, async (context) => {
			const { client: guarded, access, taken, warnings, onWarning } = context;
			const options = { ...request, onWarning, notebook: taken.notebook, guard: taken.guard };
			const { files, skipped, renamed } = await receiveInto(guarded, folder, access, found, rules, options);
			return {
				package: { id: found.id, name: found.name },
				folder: folder.location,
				bytes: files.reduce((sum, { size }) => sum + size, 0),
				duration_ms: client.clock.now() - startedAt,
				skipped,
				renamed,
				warnings,
				files,
			};
		});
	} finally {
		folder.close();
	}
}

type Options = DownloadOptions & Omit<ReceiveRequest, keyof DownloadOptions>;

async function receiveInto(
	client: MasvClient,
	folder: TargetFolder,
	access: DownloadAccess,
	{ containsVirus, partBytes }: { containsVirus: boolean; partBytes: number | undefined },
	rules: NameRules,
	options: Options,
): Promise<{ files: DownloadedFile[]; skipped: SkippedFile[]; renamed: ChangedName[] }> {
	const listed = await fetchFilesWith(client, access.packageId, access.token, options.policy);
	const { ifExists, infected, archives, isWanted } = options;
	const { hashing, signal } = client;
	const choice = { ifExists, infected, archives, isWanted, rules, hashing, signal };
	const plan = await planReceive(folder, listed.map(toPackageEntry), containsVirus, choice);
	await checkFreeSpace(folder, plan.jobs);
	for (const path of plan.directories) {
		await options.guard?.check();
		await folder.makeFolder(path);
	}
	const wanted = plan.jobs.map((job) => ({ entry: job.entry, sink: folder.sink(job, { replace: job.replace }) }));
	const files = await downloadEntries(client, access, partBytes, wanted, options);
	return { files, skipped: plan.skipped, renamed: plan.changed };
}
