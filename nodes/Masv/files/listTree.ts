import type { IExecuteFunctions } from 'n8n-workflow';
import type { Folder } from './treeReader';
import { TreeReader } from './treeReader';
import type { NamedSource } from './namedSource';

/**
 * The files at a path, in the order of their names; for a folder, those in all its subfolders. Links are resolved and checked
 * against n8n's rules like the path itself. Each folder is included once, so that links cannot make a tree endless or
 * exponential: where it really is, rather than through a link.
 * @param folder in the package
 * @throws MasvInputError that names the path
 */
export async function listTree(
	n8n: IExecuteFunctions,
	path: string,
	name: string,
	folder: string,
): Promise<NamedSource[]> {
	const reader = new TreeReader(n8n);
	let top: NamedSource | Folder | undefined;
	await reader.read({ shown: path, location: path, name, folder, parent: undefined }, 'link', (found) => (top = found));
	await reader.followLinks();
	const files: NamedSource[] = [];
	collect(top, files);
	return files;
}

function collect(found: NamedSource | Folder | undefined, files: NamedSource[]): void {
	if (found === undefined) return;
	if (!('children' in found)) return void files.push(found);
	for (const child of found.children) collect(child, files);
}
