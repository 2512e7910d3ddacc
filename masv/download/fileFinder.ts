import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import { namesIn, readPathPattern } from './pathPattern';
import { pathOf } from './planReceive';
import type { PackageEntry } from './selectFiles';

/**
 * Finds the files of a package that somebody calls by their ID, by name, path or pattern, see `pathPattern.ts`. A name without
 * `/` is that of a file in any folder. Folders are not found, but what is in them: `CARD/`.
 */
export type FindFiles = (called: string) => Promise<readonly PackageEntry[]>;

/**
 * Long lists are read, and searched, in turns with other work of the process.
 * @param archives whether patterns find the zip archives that MASV generates. IDs and names do
 */
export async function createFileFinder(
	entries: readonly PackageEntry[],
	archives: boolean,
	clock: Pick<Clock, 'sleep'>,
): Promise<FindFiles> {
	const files: Array<{ entry: PackageEntry; names: string[] }> = [];
	const byId: Found = new LongMap();
	const byPath: Found = new LongMap();
	const byName: Found = new LongMap();
	await inTurns(entries, clock, (entry) => {
		if (entry.kind !== 'file') return;
		const names = namesIn(pathOf(entry));
		files.push({ entry, names });
		add(byId, entry.id, entry);
		add(byPath, names.join('/'), entry);
		add(byName, foldPath(entry.name), entry);
	});
	/** By pattern. Several items may have the same. */
	const matching = new Map<string, PackageEntry[]>();
	const search = async (pattern: string): Promise<PackageEntry[]> => {
		const matches = readPathPattern(pattern);
		const found: PackageEntry[] = [];
		await inTurns(files, clock, ({ entry, names }) => {
			if ((archives || !entry.isArchive) && matches(names)) found.push(entry);
		});
		matching.set(pattern, found);
		return found;
	};
	return async (called) => {
		const text = called.trim();
		const found = byId.get(text);
		if (found !== undefined) return found;
		if (isPattern(text)) return matching.get(text) ?? (await search(text));
		return (/[/\\]/.test(text) ? byPath : byName).get(foldPath(text)) ?? [];
	};
}

type Found = Map<string, PackageEntry[]>;

function add(found: Found, key: string, entry: PackageEntry): void {
	const known = found.get(key);
	if (known === undefined) found.set(key, [entry]);
	else known.push(entry);
}

function foldPath(path: string): string {
	return namesIn(path).join('/');
}

/** Whether this may find any number of files, and none. */
export function isPattern(called: string): boolean {
	return /[*?]|[/\\]\s*$/.test(called);
}
