import { MasvInputError } from '../errors';
import type { FileFacts } from './source';

/** The path of a file in the package, as shown in messages. */
export function labelOf({ name, path }: Pick<FileFacts, 'name' | 'path'>): string {
	return path === '' ? name : `${path}/${name}`;
}

/**
 * A folder path in the form MASV expects: relative, separated by `/`, no empty parts.
 * @throws MasvInputError for `..` and control characters
 */
export function toPackagePath(text: string, field: string): string {
	const parts = text.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
	if (parts.includes('..') || /[\u0000-\u001f]/.test(text)) {
		throw new MasvInputError(`"${text}" is not a valid folder path in a package`, {
			code: 'folder_invalid',
			field,
			hint: 'Use a relative path such as "day 1/camera A", without ".." or line breaks.',
		});
	}
	return parts.join('/');
}

/**
 * A file name without separators or control characters.
 * @throws MasvInputError
 */
export function checkFileName(name: string, field: string): string {
	if (name !== '' && name !== '.' && name !== '..' && !/[/\\\u0000-\u001f]/.test(name)) return name;
	throw new MasvInputError(`"${name}" is not a valid file name`, {
		code: 'file_name_invalid',
		field,
		hint: 'Rename the file. Its name must not be empty or contain slashes, backslashes or line breaks.',
	});
}

/**
 * Checks that no two files have the same path in the package. Without this, one would hide the other.
 * @throws MasvInputError that names both
 */
export function checkDistinct(
	sources: ReadonlyArray<Pick<FileFacts, 'name' | 'path'> & { describedAs?: string }>,
): void {
	const places = new Map<string, string | undefined>();
	for (const source of sources) {
		const place = placeOf(source);
		if (places.has(place)) {
			const both = [places.get(place), source.describedAs].filter((text) => text !== undefined);
			const from = both.length > 0 ? ` (${both.join(' and ')})` : '';
			throw new MasvInputError(`Two files map to the same path "${place}" in the package${from}`, {
				code: 'place_taken',
				field: 'files',
				hint: 'Rename one of them, or put them in different folders of the package.',
			});
		}
		places.set(place, source.describedAs);
	}
}

/**
 * Identifies a place in a package, however it is written: paths have a leading slash in responses and none in requests
 * (docs/masv-api.md#listing-the-files-of-a-package), and macOS decomposes characters that others do not.
 */
export function placeOf({ name, path }: Pick<FileFacts, 'name' | 'path'>): string {
	return labelOf({ name, path: path.replace(/^\/+|(?<!\/)\/+$/g, '') }).normalize('NFC');
}
