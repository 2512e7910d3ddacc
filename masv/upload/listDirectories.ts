import { fileSchema } from '../schemas';
import { fetchEntries } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { labelOf, parentOf, placeOf } from '../transfer/places';
import type { DirectoryFacts, FileFacts } from '../transfer/source';

/** An entry that was added as a directory. */
interface ListedDirectory {
	id: string;
	isComplete: boolean | undefined;
}

/** What MASV lists: its directories, and the IDs of all other entries. */
export interface DirectoryListing {
	byPlace: ReadonlyMap<string, readonly ListedDirectory[]>;
	otherIds: ReadonlySet<string>;
}

/** @returns undefined if no list can be had, see {@link fetchEntries} */
export async function listDirectories(access: PackageAccess): Promise<DirectoryListing | undefined> {
	const entries = await fetchEntries(access, fileSchema);
	if (entries === undefined) return undefined;
	const byPlace = new Map<string, ListedDirectory[]>();
	const otherIds = new Set<string>();
	for (const { id, kind, name, path = '', completed: isComplete } of entries) {
		if (kind !== 'directory') otherIds.add(id);
		else if (name !== undefined) {
			const place = placeOf({ path, name });
			byPlace.set(place, [...(byPlace.get(place) ?? []), { id, isComplete }]);
		}
	}
	return { byPlace, otherIds };
}

/** The directories that no file creates by its path, each once. */
export function emptyDirectories(
	directories: readonly DirectoryFacts[],
	sources: ReadonlyArray<Pick<FileFacts, 'path'>>,
): DirectoryFacts[] {
	if (directories.length === 0) return [];
	const filled = new Set<string>();
	const fill = (path: string): void => {
		const place = placeOf({ path: '', name: path });
		if (path === '' || filled.has(place)) return;
		filled.add(place);
		fill(parentOf(path));
	};
	for (const { path } of sources) fill(path);
	// A directory within another one creates that one, too.
	for (const { path } of directories) fill(path);
	const byPlace = new Map(directories.map((directory) => [placeOf(directory), directory]));
	return [...byPlace].filter(([place]) => !filled.has(place)).map(([, directory]) => directory);
}

/** For messages and results, sorted. */
export function labelsOf(directories: Iterable<DirectoryFacts>): string[] {
	return [...directories].map(labelOf).sort();
}
