import { LongMap, LongSet } from '../longCollections';
import type { ListedEntry } from './entryTree';
import type { LocalNames } from './localNames';
import type { NameRules } from './nameRules';
import { foldName } from './nameRules';
import type { TargetPlace } from './target';

/** The names that are taken in each folder of a package, also by what has not arrived yet. */
export interface TakenNames {
	/** As the disk compares them, see `foldName`. */
	in(folders: readonly string[]): ReadonlySet<string>;
	add(place: TargetPlace): void;
}

/** The names of all files, of their partial files, and of folders. They are only collected when first asked for. */
export function createTakenNames(
	names: Pick<LocalNames<ListedEntry>, 'files' | 'directories'>,
	rules: NameRules,
): TakenNames {
	let collected: Map<string, Set<string>> | undefined;
	const setFor = (all: Map<string, Set<string>>, folders: readonly string[]): Set<string> => {
		const key = folders.join('/');
		const known = all.get(key) ?? new LongSet<string>();
		all.set(key, known);
		return known;
	};
	const addFolders = (all: Map<string, Set<string>>, folders: readonly string[]): void => {
		for (const [depth, name] of folders.entries()) setFor(all, folders.slice(0, depth)).add(foldName(name, rules));
	};
	const addFile = (all: Map<string, Set<string>>, { folders, name, partial }: TargetPlace): void => {
		for (const each of [name, partial]) setFor(all, folders).add(foldName(each, rules));
	};
	const collect = (): Map<string, Set<string>> => {
		const all = new LongMap<string, Set<string>>();
		for (const { folders } of names.directories) addFolders(all, folders);
		for (const place of names.files) {
			addFolders(all, place.folders);
			addFile(all, place);
		}
		return all;
	};
	return {
		in: (folders) => setFor((collected ??= collect()), folders),
		add: (place) => addFile((collected ??= collect()), place),
	};
}
