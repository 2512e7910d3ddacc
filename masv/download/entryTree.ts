import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';

/** What MASV says about an entry of a package, none of which can be trusted. */
export interface ListedEntry {
	id: string;
	kind: 'file' | 'directory';
	/** The folder around it, with or without slashes around. */
	path: string;
	name: string;
}

/** A folder of a package, with the names that MASV lists. */
export interface Branch<E> {
	/** Names from the outermost folder on. */
	path: readonly string[];
	/** The directory as which MASV lists it. Most folders are only part of paths. */
	listed: E | undefined;
	folders: Map<string, Branch<E>>;
	files: E[];
}

/** Deeper folders become one: no system can use a path of a thousand folders. */
const maxDepth = 128;

/** The entries of a package as a tree. Both slashes separate: packages from Windows may have the other one. */
export async function toEntryTree<E extends ListedEntry>(
	entries: readonly E[],
	clock: Pick<Clock, 'sleep'>,
): Promise<Branch<E>> {
	const root = newBranch<E>([]);
	const known = new LongMap<string, Branch<E>>();
	const branchAt = (path: string): Branch<E> => {
		let branch = known.get(path);
		if (branch !== undefined) return branch;
		branch = root;
		for (const name of namesIn(path)) branch = folderIn(branch, name);
		known.set(path, branch);
		return branch;
	};
	await inTurns(entries, clock, (entry) => {
		const branch = branchAt(entry.path);
		if (entry.kind === 'directory') folderIn(branch, entry.name).listed ??= entry;
		else branch.files.push(entry);
	});
	return root;
}

/** The folders of a path, from the outermost on. Some programs write `.` for the top folder. */
export function foldersIn(path: string): string[] {
	return path.split(/[/\\]/).filter((name) => name !== '' && name !== '.');
}

function namesIn(path: string): string[] {
	const names = foldersIn(path);
	return names.length <= maxDepth ? names : [...names.slice(0, maxDepth - 1), names.slice(maxDepth - 1).join('/')];
}

function folderIn<E>(branch: Branch<E>, name: string): Branch<E> {
	let folder = branch.folders.get(name);
	if (folder === undefined) {
		folder = newBranch([...branch.path, name]);
		branch.folders.set(name, folder);
	}
	return folder;
}

function newBranch<E>(path: readonly string[]): Branch<E> {
	return { path, listed: undefined, folders: new LongMap(), files: [] };
}
