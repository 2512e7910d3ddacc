import type { MasvClient } from '../client';
import { fetchFilesAs } from '../packages/files';
import type { RetryPolicy } from '../retry';
import type { MasvFile } from '../schemas';
import { fileSchema } from '../schemas';
import { fifteenMinutesOfOutage } from '../retry';
import { placeOf } from '../transfer/places';
import { untilSettled } from '../transfer/untilSettled';
import type { DownloadAccess } from './access';
import type { DownloadOptions } from './downloadFiles';
import type { OpenSource } from './openSource';
import { createEntryReader, onceEach } from './packageEntry';
import type { PackageEntry } from './selectFiles';

/** After so long since the last change of a package, what its list lacks does not come any more. Milliseconds. */
const lagMs = 24 * 60 * 60 * 1000;

type ListAccess = Pick<DownloadAccess, 'packageId' | 'token'>;

/** What a list of all files is known by. */
type KnownFiles = Pick<OpenSource, 'totalFiles' | 'changedAt'>;

/** Lists the files of a package, see {@link readEntries}. What the list lacks is told. */
export async function listEntries(
	client: MasvClient,
	access: ListAccess,
	found: KnownFiles,
	{ policy = fifteenMinutesOfOutage, onWarning }: Pick<DownloadOptions, 'policy' | 'onWarning'>,
): Promise<PackageEntry[]> {
	const { entries, flaw } = await readEntries(client, access, found, createEntryReader(), policy);
	if (flaw !== undefined) onWarning?.(`${flaw}. Only what is listed as complete is received.`);
	return entries;
}

/**
 * Lists the files of a package, once MASV lists all of them: a list may be behind for a minute after the package was finalized, which is
 * when a trigger reads it.
 * @param toEntry called with what MASV lists of each
 * @returns the entries, and why they cannot be all of the package. Undefined if they can
 */
export async function readEntries<E extends PackageEntry>(
	client: MasvClient,
	{ packageId, token }: ListAccess,
	found: KnownFiles,
	toEntry: (file: MasvFile) => E,
	policy?: RetryPolicy,
): Promise<{ entries: E[]; flaw: string | undefined }> {
	const { clock } = client;
	const record = fileSchema.transform(toEntry);
	const look = async (): Promise<E[]> =>
		await onceEach(await fetchFilesAs(client, packageId, token, record, policy), clock);
	const isOld = found.changedAt !== undefined && clock.now() - found.changedAt > lagMs;
	let flaw: string | undefined;
	const entries = await untilSettled(client, policy ?? fifteenMinutesOfOutage, look, (listed) => {
		flaw = flawOf(packageId, found.totalFiles, listed);
		return flaw === undefined || isOld ? 'settled' : 'behind';
	});
	return { entries, flaw };
}

/** Why a list of files cannot be that of a package that is complete. Undefined if it can. */
function flawOf(id: string, total: number | undefined, entries: readonly PackageEntry[]): string | undefined {
	// Whether MASV counts directories is not documented.
	const listed = entries.filter(({ isArchive }) => !isArchive);
	if (total !== undefined && listed.length < total) {
		return `MASV lists ${listed.length} of the ${total} files of package ${id}`;
	}
	const unfinished = listed.find(({ kind, isUnfinished }) => kind === 'file' && isUnfinished);
	return unfinished && `MASV lists "${placeOf(unfinished)}" of package ${id} as unfinished`;
}
