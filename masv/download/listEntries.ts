import type { MasvClient } from '../client';
import { fetchFilesAs } from '../packages/files';
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

/**
 * Lists the files of a package, once MASV lists all of them: a list may be behind for a minute after the package was finalized, which is
 * when a trigger starts the download. What it still lacks then is told.
 */
export async function listEntries(
	client: MasvClient,
	{ packageId, token }: Pick<DownloadAccess, 'packageId' | 'token'>,
	found: Pick<OpenSource, 'totalFiles' | 'changedAt'>,
	{ policy = fifteenMinutesOfOutage, onWarning }: Pick<DownloadOptions, 'policy' | 'onWarning'>,
): Promise<PackageEntry[]> {
	const { clock } = client;
	const look = async (): Promise<PackageEntry[]> =>
		await onceEach(await fetchFilesAs(client, packageId, token, createEntryReader(), policy), clock);
	const isOld = found.changedAt !== undefined && clock.now() - found.changedAt > lagMs;
	let flaw: string | undefined;
	const entries = await untilSettled(client, policy, look, (listed) => {
		flaw = flawOf(packageId, found.totalFiles, listed);
		return flaw === undefined || isOld ? 'settled' : 'behind';
	});
	if (flaw !== undefined) onWarning?.(`${flaw}. Only what is listed as complete is received.`);
	return entries;
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
