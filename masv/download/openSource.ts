import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { fetchOnceFinalized } from '../packages/fetchOnceFinalized';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import type { DownloadAccess } from './access';
import type { LinkBooks } from './linkRecord';
import { openOwnPackage } from './ownPackage';
import type { SharedLink } from './sharedPackage';
import { openSharedPackage } from './sharedPackage';

/**
 * Where files are received from: a package that the team has sent or received, or what a link leads to.
 * `found`: the package, if the caller has looked it up.
 */
export type PackageSource =
	{ kind: 'package'; packageId: string; found?: MasvPackage } | { kind: 'link'; link: SharedLink };

/** What is known of a package before its files are listed. */
export interface OpenSource {
	id: string;
	/** Empty if MASV does not say. */
	name: string;
	/** Whether MASV has found a virus in one of its files. */
	containsVirus: boolean;
	/** Size of the parts in which its files were uploaded, in bytes. Undefined if MASV does not say. */
	partBytes: number | undefined;
	/** How many files it has. Undefined if MASV does not say. */
	totalFiles: number | undefined;
	/** When it was changed last: milliseconds. Undefined if MASV does not say, or shows only when it was created. */
	changedAt: number | undefined;
	/** @param books for the links that have to be created */
	access(books: LinkBooks): Promise<DownloadAccess>;
}

/**
 * Looks the package up. A link is looked up once, because MASV may count that as a download.
 * @throws MasvInputError for a package that is not complete, or whose files were deleted: what MASV lists of it is not all of it
 */
export async function openSource(client: MasvClient, source: PackageSource, policy?: RetryPolicy): Promise<OpenSource> {
	if (source.kind === 'link') {
		const { found, ...access } = await openSharedPackage(client, source.link, policy);
		return {
			id: access.packageId,
			name: found.name ?? '',
			containsVirus: false,
			partBytes: undefined,
			totalFiles: undefined,
			changedAt: undefined,
			access: async () => await Promise.resolve(access),
		};
	}
	const found = await fetchOnceFinalized(client, source.packageId, 'received', { shown: source.found, policy });
	const { id, name, contains_virus, chunk_size } = found;
	return {
		id,
		name: name ?? '',
		containsVirus: contains_virus === true,
		partBytes: chunk_size === undefined || chunk_size <= 0 ? undefined : chunk_size,
		...knownFilesOf(found),
		access: async (books) => await openOwnPackage(client, id, books, policy),
	};
}

/** What is known of the files of a package before they are listed. */
export function knownFilesOf({
	total_files,
	created_at,
	updated_at,
}: MasvPackage): Pick<OpenSource, 'totalFiles' | 'changedAt'> {
	return { totalFiles: total_files, changedAt: updated_at === created_at ? undefined : toTime(updated_at) };
}
