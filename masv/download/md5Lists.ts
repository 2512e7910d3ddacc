import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import type { Md5Line } from '../transfer/md5Lines';
import { readMd5Lines } from '../transfer/md5Lines';

/** `MD5SUMS`, `md5sum.txt`, `card.md5` and the like, in any folder. */
const listName = /^md5(?:sums?)?(?:\.txt)?$|\.md5(?:sums?)?$/i;

export function isMd5List(name: string): boolean {
	return listName.test(name);
}

/** What lists say about the files of a package. */
export interface ListedMd5s {
	/** By place in the package, see {@link placeKey}. There may be a million of them. */
	byPlace: Map<string, string>;
	/** By place, the other MD5s if lists contradict each other. */
	contradicting: Map<string, Set<string>>;
	/** Paths that lead out of the package. */
	outside: Set<string>;
	/** Lines that are not understood. */
	strangeLines: number;
}

export function noMd5s(): ListedMd5s {
	return { byPlace: new LongMap(), contradicting: new Map(), outside: new Set(), strangeLines: 0 };
}

/** Adds what a list says. @param folder the one that the list is in, as in the package: paths are relative to it */
export async function addList(
	listed: ListedMd5s,
	text: string,
	folder: string,
	isThere: (key: string) => boolean,
	clock: Pick<Clock, 'sleep'>,
): Promise<void> {
	const add = (line: Md5Line | undefined): void => {
		if (line === undefined) {
			listed.strangeLines++;
			return;
		}
		const { md5, path } = line;
		const written = resolve(folder, path);
		// In lists from Windows.
		const turned = path.includes('\\') ? resolve(folder, path.replaceAll('\\', '/')) : undefined;
		const key = turned !== undefined && (written === undefined || !isThere(written)) ? turned : written;
		if (key === undefined) listed.outside.add(path);
		else addMd5(listed, key, md5);
	};
	await inTurns(readMd5Lines(text), clock, add, (line) => 1 + (line?.path.length ?? 0) / longPathLength);
}

/** A path that is as long again counts as another line. */
const longPathLength = 200;

function addMd5({ byPlace, contradicting }: ListedMd5s, key: string, md5: string): void {
	const known = byPlace.get(key);
	if (known === undefined) byPlace.set(key, md5);
	else if (known !== md5) contradicting.set(key, (contradicting.get(key) ?? new Set()).add(md5));
}

/** Identifies a place in a package, however its characters are composed. */
export function placeKey(path: string): string {
	return path.normalize('NFC');
}

/** @returns undefined for a path that is not below the root of the package */
function resolve(folder: string, path: string): string | undefined {
	if (path.startsWith('/') || /^[a-z]:[/\\]/i.test(path)) return undefined;
	const parts = folder === '' ? [] : folder.split('/');
	for (const part of path.split('/')) {
		if (part === '..') {
			if (parts.pop() === undefined) return undefined;
		} else if (part !== '' && part !== '.') parts.push(part);
	}
	return placeKey(parts.join('/'));
}
