import { markName } from './cleanName';
import type { NameRules } from './nameRules';
import { foldName } from './nameRules';
import type { FoundEntry, TargetPlace } from './target';

/** What to do with a file that is there already. */
export type IfExists = 'skip' | 'overwrite' | 'rename' | 'fail';

/** What is known of a file before it is received. */
export interface WantedContent {
	/** Undefined if MASV does not say. */
	bytes: number | undefined;
}

export type Decision =
	/** `replace`: whether what is there may be replaced. */
	| { action: 'receive'; replace: boolean }
	/** `same`: it is this file, as far as can be known. `differs`: it is not, and stays. */
	| { action: 'skip'; reason: 'same' | 'differs' }
	/** Something has its name: find another one, see {@link freePlace}. */
	| { action: 'rename' }
	| { action: 'fail' };

/**
 * Decides about a file from what is at its place. Nothing else than *overwrite* replaces anything, and it replaces no folder.
 * @param found undefined: nothing
 * @param hasContent whether the file that is there has the right content, as far as that is known; only called if it has the size
 */
export async function decide(
	ifExists: IfExists,
	wanted: WantedContent,
	found: FoundEntry | undefined,
	hasContent: (found: FoundEntry) => Promise<boolean>,
): Promise<Decision> {
	// If something appears while the file is received, that is noticed at the end.
	if (found === undefined) return { action: 'receive', replace: ifExists === 'overwrite' };
	switch (ifExists) {
		case 'overwrite':
			return found.kind === 'folder' ? { action: 'fail' } : { action: 'receive', replace: true };
		case 'rename':
			return { action: 'rename' };
		case 'fail':
			return { action: 'fail' };
		case 'skip':
			return { action: 'skip', reason: (await isSame(wanted, found, hasContent)) ? 'same' : 'differs' };
	}
}

/** Dates are not compared: disks round them, and programs that look at a file may change them. */
async function isSame(
	{ bytes }: WantedContent,
	found: FoundEntry,
	hasContent: (found: FoundEntry) => Promise<boolean>,
): Promise<boolean> {
	return found.kind === 'file' && found.bytes === bytes && (await hasContent(found));
}

/** So many copies of a file are somebody's mistake. */
const maxCopies = 10_000;

/**
 * The first free place of `A001 (1).mov`, `A001 (2).mov`, ... Its partial file is that of the place itself, however many copies
 * are there: a later run finds in it what this one has received.
 * @param taken the names in this folder that the same package needs, see `takenNames.ts`
 * @returns undefined if there is none
 */
export async function freePlace(
	place: TargetPlace,
	rules: NameRules,
	taken: ReadonlySet<string>,
	look: (place: TargetPlace) => Promise<FoundEntry | undefined>,
): Promise<TargetPlace | undefined> {
	for (let copy = 1; copy <= maxCopies; copy++) {
		const name = markName(place.name, String(copy), rules);
		const candidate = { ...place, name };
		if (!taken.has(foldName(name, rules)) && (await look(candidate)) === undefined) return candidate;
	}
	return undefined;
}
