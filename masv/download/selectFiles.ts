import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import type { ListedEntry } from './entryTree';

/** An entry of a package as MASV lists it, and what is known of its content. */
export interface PackageEntry extends ListedEntry {
	/** Undefined if MASV does not say: zip archives. */
	bytes: number | undefined;
	/** Milliseconds since the epoch. */
	modifiedMs: number | undefined;
	/** Whether it is one of the zip archives that MASV generates. */
	isArchive: boolean;
	/** Whether MASV says that not all of its parts have arrived. */
	isUnfinished: boolean;
	/** Whether MASV has found a virus in it. */
	hasVirus: boolean;
}

/** Why a file is not received. */
export type SkipReason = 'infected' | 'archive' | 'unfinished' | 'excluded';

export interface Selection {
	/** Whether to receive files in which MASV has found a virus. */
	infected: boolean;
	/** Whether to receive the zip archives of the package that MASV generates. */
	archives: boolean;
	/** Whether a file is among those that were asked for. */
	isWanted: (entry: PackageEntry) => boolean;
	/** Called with all that MASV lists, before anything is received. What it throws ends the work. */
	onListed?: (entries: readonly PackageEntry[]) => Promise<void>;
}

export interface SelectedFiles {
	files: PackageEntry[];
	directories: PackageEntry[];
	skipped: Array<{ entry: PackageEntry; reason: SkipReason }>;
}

/**
 * Which entries of a package to receive: docs/masv-api.md#listing-the-files-of-a-package. Found out in turns with
 * other work of the process: patterns take time.
 * @param containsVirus of the package. If MASV has marked none of its files, all of them count as infected
 */
export async function selectFiles(
	entries: readonly PackageEntry[],
	containsVirus: boolean,
	{ infected, archives, isWanted, onListed }: Selection,
	clock: Pick<Clock, 'sleep'>,
): Promise<SelectedFiles> {
	await onListed?.(entries);
	const isOneMarked = entries.some(({ hasVirus }) => hasVirus);
	const isInfected = ({ hasVirus }: PackageEntry): boolean => hasVirus || (containsVirus && !isOneMarked);
	const reasonAgainst = (entry: PackageEntry): SkipReason | undefined => {
		if (!isWanted(entry)) return 'excluded';
		if (!archives && entry.isArchive) return 'archive';
		if (entry.isUnfinished) return 'unfinished';
		// An archive contains the infected files of its package.
		const isUnsafe = isInfected(entry) || (entry.isArchive && (containsVirus || isOneMarked));
		return !infected && isUnsafe ? 'infected' : undefined;
	};
	const selected: SelectedFiles = { files: [], directories: [], skipped: [] };
	await inTurns(entries, clock, (entry) => {
		const reason = reasonAgainst(entry);
		if (entry.kind === 'directory') {
			if (reason !== 'excluded') selected.directories.push(entry);
		} else if (reason === undefined) selected.files.push(entry);
		else selected.skipped.push({ entry, reason });
	});
	return selected;
}
