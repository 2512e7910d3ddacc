import type { Clock } from '../../../masv/clock';
import { createFileFinder, isPattern } from '../../../masv/download/fileFinder';
import type { PackageEntry } from '../../../masv/download/selectFiles';
import { MasvInputError } from '../../../masv/errors';
import { inTurns, quickly } from '../../../masv/inTurns';

/** What one item calls the files that it wants. */
export interface ItemNames {
	itemIndex: number;
	files: readonly string[];
}

/** Which files of a package items want, once it is listed. */
export interface NamedEntries {
	onListed(entries: readonly PackageEntry[]): Promise<void>;
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
export function findNamed(
	group: readonly ItemNames[],
	{ archives, stopAtFirst, clock }: { archives: boolean; stopAtFirst: boolean; clock: Pick<Clock, 'sleep'> },
): NamedEntries {
	const items = new Map<string, Set<number>>();
	const failures: NamedEntries['failures'] = [];
	return {
		failures,
		isWanted: ({ id, kind }) => kind === 'file' && items.has(id),
		itemsOf: (id) => [...(items.get(id) ?? [])],
		onListed: async (entries) => {
			const find = await createFileFinder(entries, archives, clock);
			await inTurns(group, clock, async ({ itemIndex, files }) => {
				const found: Array<readonly PackageEntry[]> = [];
				for (const file of files) {
					const called = await find(file);
					if (called.length === 0 && !isPattern(file)) {
						const error = missingError(file);
						failures.push({ itemIndex, error });
						if (stopAtFirst) throw error;
						return;
					}
					found.push(called);
				}
				const add = ({ id }: PackageEntry): void => void items.set(id, (items.get(id) ?? new Set()).add(itemIndex));
				for (const called of found) await inTurns(called, clock, add, quickly);
			});
		},
	};
}

function missingError(file: string): MasvInputError {
	const onePerLine = /[,;]/.test(file) ? ' Enter one file per line.' : '';
	return new MasvInputError(`The package contains no file "${file.trim()}"`, {
		code: 'package_file_not_found',
		field: 'files',
		hint: `File > Get Many lists the files of a package. To download a folder, add a slash at its end.${onePerLine}`,
	});
}
