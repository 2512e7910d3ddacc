import type { Clock } from '../clock';
import type { Hashing } from '../hashing';
import { createTurns, inTurns, mapInTurns, sortInTurns } from '../inTurns';
import { LongSet } from '../longCollections';
import { cleanName, markName, partialNameOf } from './cleanName';
import type { NameRules } from './nameRules';
import { foldName } from './nameRules';
import type { Branch, ListedEntry } from './entryTree';
import { toEntryTree } from './entryTree';

/** Where a file goes, below the folder of its package. */
export interface LocalPlace<E extends ListedEntry = ListedEntry> {
	entry: E;
	/** The folders around it, from the outermost on. */
	folders: readonly string[];
	name: string;
	/** Its name while it is incomplete. No other file of the package has it. */
	partial: string;
}

/** A name that was changed. Paths are separated by `/`. */
export interface ChangedName {
	/** As in MASV. */
	from: string;
	to: string;
}

export interface LocalNames<E extends ListedEntry> {
	files: Array<LocalPlace<E>>;
	/** Every folder that is there for its own sake, from the outermost name on: MASV's directories. */
	directories: Array<{ entry: E; folders: readonly string[] }>;
	/** Files and folders with another name than in MASV. What is in such a folder is not listed for that. */
	changed: ChangedName[];
}

export interface NamingOptions {
	rules: NameRules;
	hashing: Pick<Hashing, 'sha256'>;
	clock: Pick<Clock, 'sleep'>;
}

/** Names that no entry gets, in the folder of the package. */
const noNames: readonly string[] = [];

/**
 * Finds a place for each entry of a package, so that all of them are below one folder, none has the place of another, and
 * nothing is at a place where a folder must be. A name that another entry has taken is marked: with the ID of a file, with a
 * hash of the path of a folder. Who keeps the name does not depend on the order of the list: folders come first, then names
 * that need no change.
 * @param entries all that MASV lists, because the result depends on the others: select what to receive afterwards
 * @param reserved names that no entry may have in the folder of the package
 */
export async function toLocalNames<E extends ListedEntry>(
	entries: readonly E[],
	{ rules, hashing, clock }: NamingOptions,
	reserved: readonly string[] = noNames,
): Promise<LocalNames<E>> {
	const names: LocalNames<E> = { files: [], directories: [], changed: [] };
	const waiting: Array<{ branch: Branch<E>; folders: readonly string[]; taken: readonly string[] }> = [
		{ branch: await toEntryTree(entries, clock), folders: [], taken: reserved },
	];
	const turn = createTurns(clock);
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		const { branch, folders, taken } = next;
		// Small folders have no pauses of their own.
		await turn(branch.folders.size + branch.files.length);
		const claimed = new LongSet(taken.map((name) => foldName(name, rules)));
		const noteChange = ({ raw }: Wanted, name: string): void => {
			if (name === raw) return;
			names.changed.push({ from: [...branch.path, raw].join('/'), to: [...folders, name].join('/') });
		};
		const children: Array<[Wanted, Branch<E>]> = [];
		await inTurns(branch.folders.values(), clock, (child) => {
			children.push(wantedFolder(child, rules, hashing));
		});
		await inTurns(await claimNames(children, rules, claimed, clock), clock, ([wanted, child, name]) => {
			noteChange(wanted, name);
			const path = [...folders, name];
			if (child.listed !== undefined) names.directories.push({ entry: child.listed, folders: path });
			waiting.push({ branch: child, folders: path, taken: noNames });
		});
		const files = await mapInTurns(branch.files, clock, (entry) => wantedFile(entry, rules, hashing));
		await inTurns(await claimNames(files, rules, claimed, clock), clock, ([wanted, entry, name]) => {
			noteChange(wanted, name);
			names.files.push({ entry, folders, name, partial: partialNameOf(name, rules) });
		});
	}
	return names;
}

/** A name that an entry would like to have. */
interface Wanted {
	raw: string;
	clean: string;
	/** Distinguishes it from others that want the same. */
	mark: string;
	isFolder: boolean;
}

function wantedFolder<E>(branch: Branch<E>, rules: NameRules, hashing: Pick<Hashing, 'sha256'>): [Wanted, Branch<E>] {
	const raw = branch.path.at(-1) ?? '';
	const mark = hashing.sha256(branch.path.join('/').toWellFormed()).slice(0, 8);
	return [{ raw, clean: cleanName(raw, rules), mark, isFolder: true }, branch];
}

function wantedFile<E extends ListedEntry>(entry: E, rules: NameRules, hashing: Pick<Hashing, 'sha256'>): [Wanted, E] {
	const mark = /^[\w-]{1,64}$/.test(entry.id) ? entry.id : hashing.sha256(entry.id.toWellFormed()).slice(0, 16);
	return [{ raw: entry.name, clean: cleanName(entry.name, rules), mark, isFolder: false }, entry];
}

/** Gives each its name. Marks come last, so that nothing loses its own name to the mark of another. */
async function claimNames<T>(
	all: Array<[Wanted, T]>,
	rules: NameRules,
	claimed: Set<string>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Array<[wanted: Wanted, named: T, name: string]>> {
	const named: Array<[Wanted, T, string]> = [];
	let left = await sortInTurns(all, clock, inOrder);
	for (let turn = 0; left.length > 0; turn++) {
		const rivals: Array<[Wanted, T]> = [];
		await inTurns(left, clock, ([wanted, each]) => {
			const { clean, mark, isFolder } = wanted;
			const name = turn === 0 ? clean : markName(clean, turn === 1 ? mark : `${mark} ${turn}`, rules, isFolder);
			const keys = [name, ...(isFolder ? [] : [partialNameOf(name, rules)])].map((key) => foldName(key, rules));
			if (keys.some((key) => claimed.has(key))) return void rivals.push([wanted, each]);
			for (const key of keys) claimed.add(key);
			named.push([wanted, each, name]);
		});
		left = rivals;
	}
	return named;
}

/** Names that need no change come first, and shorter ones before longer ones: "a.mov" keeps its name, "a.mov.part" does not. */
function inOrder([a]: [Wanted, unknown], [b]: [Wanted, unknown]): number {
	const isChanged = ({ raw, clean }: Wanted): number => (raw === clean ? 0 : 1);
	return (
		isChanged(a) - isChanged(b) ||
		a.clean.length - b.clean.length ||
		compare(a.clean, b.clean) ||
		compare(a.raw, b.raw) ||
		compare(a.mark, b.mark)
	);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
