import type { IExecuteFunctions } from 'n8n-workflow';
import type { Disk } from '../../../masv/transfer/disk';
import { platform } from '../platform';
import type { FoundFiles } from './foundFiles';
import type { LeaveOut } from './leaveOut';
import type { Folder, KeepFile } from './treeReader';
import { TreeReader } from './treeReader';

/**
 * The files at a path, in the order of their names; for a folder, those in all its subfolders. Links are resolved and checked
 * against n8n's rules like the path itself. Each folder is included once, so that links cannot make a tree endless or
 * exponential: where it really is, rather than through a link.
 * @param candidates what the path may be; the first that exists counts
 * @param folder in the package
 * @param disk where the files are
 * @returns what was left out sorted by path
 * @throws MasvInputError that names the path
 */
export async function listTree<F extends object>(
	n8n: IExecuteFunctions,
	candidates: readonly string[],
	folder: string,
	leaveOut: readonly LeaveOut[],
	keep: KeepFile<F>,
	disk: Disk = platform.disk,
): Promise<FoundFiles<F>> {
	const reader = new TreeReader(n8n, new Set(leaveOut), keep, disk);
	const top = await reader.readTop(candidates, folder);
	const found: FoundFiles<F> = { sources: [], emptyFolders: [], leftOut: reader.leftOut };
	if (top !== undefined) collect(top, found, leaveOut.includes('emptyFolders'));
	found.leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
	return found;
}

/** @returns whether there are files */
function collect<F extends object>(entry: F | Folder<F>, found: FoundFiles<F>, isEmptyLeftOut: boolean): boolean {
	if (!isFolder(entry)) {
		found.sources.push(entry);
		return true;
	}
	const { sources, emptyFolders, leftOut } = found;
	const leftBefore = leftOut.length;
	const filesBefore = sources.length;
	const children = entry.children.filter((child) => child !== undefined);
	for (const child of children) collect(child, found, isEmptyLeftOut);
	if (sources.length > filesBefore) return true;
	if (entry.parent === undefined) return false;
	if (isEmptyLeftOut) {
		// The empty folders in it go without saying.
		leftOut.length = leftBefore;
		leftOut.push({ path: entry.shown, reason: 'it is an empty folder' });
	} else if (children.length === 0) {
		const { name, folder: path, modifiedAt } = entry;
		emptyFolders.push({ name, path, modifiedAt });
	}
	return false;
}

function isFolder<F extends object>(entry: F | Folder<F>): entry is Folder<F> {
	return 'children' in entry;
}
