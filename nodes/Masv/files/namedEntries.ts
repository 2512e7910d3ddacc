import { createFileFinder, isPattern } from '../../../masv/download/fileFinder';
import type { FindFiles } from '../../../masv/download/fileFinder';
import type { PackageEntry } from '../../../masv/download/selectFiles';
import { MasvInputError } from '../../../masv/errors';

/** What one item calls the files that it wants. */
export interface ItemNames {
	itemIndex: number;
	files: readonly string[];
}

/** Which files of a package items want, once it is listed. */
export interface NamedEntries {
	onListed(entries: readonly PackageEntry[]): void;
	isWanted(entry: PackageEntry): boolean;
	/** The items that want a file. */
	itemsOf(fileId: string): number[];
	/** Items that name a file which the package does not contain. Of these, nothing is wanted. */
	failures: Array<{ itemIndex: number; error: MasvInputError }>;
}

/**
 * @param archives whether patterns are also about the zip archives that MASV generates
 * @param stopAtFirst whether `onListed` throws the first failure
 */
export function findNamed(group: readonly ItemNames[], archives: boolean, stopAtFirst: boolean): NamedEntries {
	const items = new Map<string, Set<number>>();
	const failures: NamedEntries['failures'] = [];
	return {
		failures,
		isWanted: ({ id, kind }) => kind === 'file' && items.has(id),
		itemsOf: (id) => [...(items.get(id) ?? [])],
		onListed: (entries) => {
			const find = createFileFinder(entries, archives);
			for (const { itemIndex, files } of group) {
				const missing = files.find((file) => isMissing(file, find));
				if (missing !== undefined) {
					const error = missingError(missing);
					if (stopAtFirst) throw error;
					failures.push({ itemIndex, error });
					continue;
				}
				for (const { id } of files.flatMap(find)) items.set(id, (items.get(id) ?? new Set()).add(itemIndex));
			}
		},
	};
}

function isMissing(file: string, find: FindFiles): boolean {
	return !isPattern(file) && find(file).length === 0;
}

function missingError(file: string): MasvInputError {
	return new MasvInputError(`The package contains no file "${file.trim()}"`, {
		code: 'package_file_not_found',
		field: 'files',
		hint: 'File > Get Many lists the files of a package. To download a folder, add a slash at its end.',
	});
}
