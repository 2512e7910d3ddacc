import { MasvError } from '../errors';
import { cleanName, markName } from './cleanName';
import type { NameRules } from './nameRules';
import type { TargetFolder } from './target';

/** Says to which package a folder belongs. No entry of a package gets this name. */
export const markerName = '.masv-package';

/**
 * The folder of a package in the folder that was chosen: the package's name, and with its ID if that folder belongs to another
 * package or to somebody else. The same package gets the same folder in each run, also once another one would be free.
 * @returns to be closed by the caller
 * @throws MasvError `folder_taken`
 */
export async function openPackageFolder(
	target: TargetFolder,
	{ id, name }: { id: string; name: string },
	rules: NameRules,
): Promise<TargetFolder> {
	const names = packageFolderNames(id, name, rules);
	const folder = await target.claim(names, id);
	if (folder !== undefined) return folder;
	throw new MasvError(`Package ${id} has no folder: ${names.map((each) => `"${each}"`).join(', ')} belong to others`, {
		code: 'folder_taken',
		hint: 'Choose another folder, or move the content of these elsewhere.',
	});
}

/**
 * In this order. The last one is for a package whose second folder has lost its marker: nothing says then that what is in it is
 * the package's.
 */
export function packageFolderNames(id: string, name: string, rules: NameRules): string[] {
	// Names of MASV may be empty; the name of the marker is no folder's, so that one package can be in the folder of another.
	const own = name.trim() === '' || name.startsWith(markerName) ? id : name;
	const clean = cleanName(own, rules);
	const mark = cleanName(id, { ...rules, maxLength: 64 });
	return [clean, ...[mark, `${mark} 2`].map((each) => markName(clean, each, rules, true))];
}
