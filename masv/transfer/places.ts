import type { Clock } from '../clock';
import { MasvInputError } from '../errors';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import { trimEnds } from '../trimEnds';
import type { FileFacts } from './source';

/** Where something is in a package. `path` is the folder: relative, separated by `/`, empty for the root. */
export type Place = Pick<FileFacts, 'name' | 'path'>;

/** The path of a file in the package, as shown in messages. */
export function labelOf({ name, path }: Place): string {
	return path === '' ? name : `${path}/${name}`;
}

/** The path of the folder that contains this one; empty for the root. */
export function parentOf(path: string): string {
	return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** Control characters, and halves of characters, which no text in UTF-8 can contain. */
const unsendable = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/**
 * Why a name cannot be that of a file or folder in a package; undefined if it can. The rule for all names, wherever they come
 * from: with any of these, the receiver would get another folder than intended, or no file at all. Blanks are valid
 * everywhere, and so are U+0080 to U+009F: names that were encoded twice contain them.
 */
export function flawOf(name: string): string | undefined {
	if (name === '') return 'it is empty';
	if (name === '.' || name === '..') return 'it is a step in a path';
	if (name.includes('/')) return 'it contains a slash';
	if (name.includes('\\')) return 'it contains a backslash';
	return unsendable.test(name) ? 'it contains a line break or another control character' : undefined;
}

/** `C:` at the beginning of a path is a drive for receivers on Windows, so that the path is not relative. */
const drive = /^[a-z]:/i;

/**
 * A folder path in the form MASV expects: relative, separated by `/`, no empty parts.
 * @throws MasvInputError for drive letters, `..` and control characters
 */
export function toPackagePath(text: string, field: string): string {
	const parts = text.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
	const isOnDrive = drive.test(parts[0] ?? '');
	if (isOnDrive || parts.some((part) => flawOf(part) !== undefined)) {
		throw new MasvInputError(`"${text}" is not a valid folder path in a package`, {
			code: 'folder_invalid',
			field,
			hint: isOnDrive
				? 'It begins with a drive letter. Enter the folder that receivers are to see, such as "day 1/camera A".'
				: 'Use a relative path such as "day 1/camera A", without ".." or line breaks.',
		});
	}
	return parts.join('/');
}

/**
 * A name of a file or folder that a package can contain, see {@link flawOf}.
 * @param shown how the user knows it, for the message
 * @throws MasvInputError
 */
export function checkFileName(name: string, field: string, shown = name): string {
	const flaw = flawOf(name);
	if (flaw === undefined) return name;
	throw new MasvInputError(`"${printable(shown)}" is not a valid file name: ${flaw}`, {
		code: 'file_name_invalid',
		field,
		hint: 'Rename it. Names of files and folders must not be empty or contain slashes, backslashes or line breaks.',
	});
}

/** Line breaks, characters that nobody sees, and those that reverse what follows them. */
export const unshowable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A path for messages. What cannot be shown is escaped. */
export function printable(text: string): string {
	const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
	return text.toWellFormed().replace(unshowable, (characters) => Array.from(characters, escape).join(''));
}

/** Checks all places before anything is created. @throws the first error of {@link findMisplaced} */
export async function checkPlaces(places: readonly DescribedPlace[], clock: Pick<Clock, 'sleep'>): Promise<void> {
	const [first] = (await findMisplaced(places, clock)).values();
	if (first !== undefined) throw first;
}

type DescribedPlace = Place & { describedAs?: string };

/**
 * Checks each part of each place, and that no two are the same. Without this, one file would hide the other. Places that
 * differ only in Unicode form count as the same: MASV's list of files does not reveal which of the two an entry is (see {@link
 * placeOf}), so an interrupted upload could not be resumed.
 * @returns the errors that name the place, or both, by the index of the place. Both of two that are the same have one
 */
export async function findMisplaced(
	places: readonly DescribedPlace[],
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<number, MasvInputError>> {
	const misplaced = new Map<number, MasvInputError>();
	const known = new LongMap<string, number>();
	const folders = new Set(['']);
	await inTurns(places.entries(), clock, ([index, place]) => {
		try {
			checkFileName(place.name, 'files', labelOf(place));
			if (!folders.has(place.path)) checkFolder(place.path);
			folders.add(place.path);
		} catch (error) {
			if (!(error instanceof MasvInputError)) throw error;
			misplaced.set(index, error);
			return;
		}
		const key = placeOf(place);
		const other = known.get(key) ?? index;
		known.set(key, other);
		if (other === index) return;
		const error = takenError(places[other] as DescribedPlace, place);
		for (const each of [other, index]) if (!misplaced.has(each)) misplaced.set(each, error);
	});
	return misplaced;
}

/** Checks each part of the path of a folder in a package. @throws MasvInputError */
export function checkFolder(path: string): void {
	for (const part of path.split('/')) checkFileName(part, 'files', path);
	if (!drive.test(path)) return;
	throw new MasvInputError(`The folder "${path}" in the package begins with a drive letter`, {
		code: 'folder_invalid',
		field: 'files',
		hint: 'Rename it, or upload to a folder in the package.',
	});
}

function takenError(one: DescribedPlace, other: DescribedPlace): MasvInputError {
	const both = [one.describedAs, other.describedAs].filter((text) => text !== undefined);
	const from = both.length > 0 ? ` (${both.join(' and ')})` : '';
	const isSpelling = labelOf(one) !== labelOf(other);
	const reason = isSpelling ? ' Their names look the same, but their accented characters are encoded differently.' : '';
	return new MasvInputError(`Two files map to the same path "${placeOf(one)}" in the package${from}`, {
		code: 'place_taken',
		field: 'files',
		hint: `Rename one of them, or put them in different folders of the package.${reason}`,
	});
}

/**
 * Identifies a place in a package, however it is written: paths have a leading slash in responses and none in requests
 * (docs/masv-api.md#listing-the-files-of-a-package), and macOS decomposes characters that others do not.
 */
export function placeOf({ name, path }: Place): string {
	return labelOf({ name, path: relativePath(path) }).normalize('NFC');
}

/** A path as requests have it: the documentation's sample of a list has one with a leading slash. */
export function relativePath(path: string): string {
	return trimEnds(path, slashes);
}

const slashes = { start: /\//, end: /\// };
