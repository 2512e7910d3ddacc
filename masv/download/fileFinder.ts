import { isSentFile } from '../packages/files';
import { foldPath, matchesPath } from './pathPattern';
import { pathOf } from './planReceive';
import type { PackageEntry } from './selectFiles';

/**
 * Finds the files of a package that somebody calls by their ID, by name, path or pattern, see `pathPattern.ts`. A name without
 * `/` is that of a file in any folder. Folders are not found, but what is in them: `CARD/`.
 */
export type FindFiles = (called: string) => readonly PackageEntry[];

/** @param archives whether patterns find the zip archives that MASV generates. IDs and names do */
export function createFileFinder(entries: readonly PackageEntry[], archives: boolean): FindFiles {
	const files = entries.filter(({ kind }) => kind === 'file');
	const byId = Map.groupBy(files, ({ id }) => id);
	const byPath = Map.groupBy(files, (entry) => foldPath(pathOf(entry)));
	const byName = Map.groupBy(files, ({ name }) => foldPath(name));
	return (called) => {
		const text = called.trim();
		const found = byId.get(text);
		if (found !== undefined) return found;
		if (isPattern(text)) {
			return files.filter((entry) => (archives || isSentFile(entry.file)) && matchesPath(text, pathOf(entry)));
		}
		return (/[/\\]/.test(text) ? byPath : byName).get(foldPath(text)) ?? [];
	};
}

/** Whether this may find any number of files, and none. */
export function isPattern(called: string): boolean {
	return /[*?]|[/\\]\s*$/.test(called);
}
