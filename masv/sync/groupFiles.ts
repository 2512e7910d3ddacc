import { parentOf } from '../transfer/places';
import type { LedgerFile } from './ledgerLines';

/** What becomes one package. */
export type OnePackagePer = 'run' | 'folder' | 'file';

export interface FileGroup {
	/** Of the folder or file, to tell the packages of a run apart; empty for all files of a run. */
	name: string;
	files: LedgerFile[];
}

/**
 * Distributes files over packages, in their order.
 * @param top the folder in the package that everything goes to. A file is in a top-level folder if it is in a folder of a
 * folder that is sent; the others of that folder share a package
 */
export function groupFiles(files: readonly LedgerFile[], per: OnePackagePer, top: string): FileGroup[] {
	if (per === 'file') return files.map((file) => ({ name: file.name, files: [file] }));
	if (per === 'run') return files.length === 0 ? [] : [{ name: '', files: [...files] }];
	const depth = top === '' ? 0 : top.split('/').length;
	const groups = Map.groupBy(files, ({ path }) =>
		path
			.split('/')
			.slice(depth, depth + 2)
			.join('/'),
	);
	return [...groups].map(([folder, inFolder]) => ({ name: nameOf(folder), files: inFolder }));
}

function nameOf(folder: string): string {
	const parent = parentOf(folder);
	return parent === '' ? folder : folder.slice(parent.length + 1);
}
