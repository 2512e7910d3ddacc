import { MasvError } from '../errors';
import { cleanName, markName } from './cleanName';
import type { NameRules } from './nameRules';
import type { TargetFolder } from './target';

/** Says to which package a folder belongs. No entry of a package gets this name. */
export const markerName = '.masv-package';

/**
 * The folder of a package in the folder that was chosen: the package's name, and with its ID if that folder belongs to another
 * package or to somebody else. The same package gets the same folder in each run.
 * @returns to be closed by the caller
 * @throws MasvError `folder_taken`
 */
export async function openPackageFolder(
	target: TargetFolder,
	{ id, name }: { id: string; name: string },
	rules: NameRules,
): Promise<TargetFolder> {
	const names = packageFolderNames(id, name, rules);
	for (const each of names) {
		const folder = await target.claim(each, id);
		if (folder !== undefined) return folder;
	}
	throw new MasvError(
		`Package ${id} has no folder: ${names.map((each) => `"${each}"`).join(' and ')} belong to others`,
		{
			code: 'folder_taken',
			hint: 'Choose another folder, or move the content of these elsewhere.',
		},
	);
}

/** In this order. */
export function packageFolderNames(id: string, name: string, rules: NameRules): string[] {
	// Names of MASV may be empty; the name of the marker is no folder's, so that one package can be in the folder of another.
	const own = name.trim() === '' || name.startsWith(markerName) ? id : name;
	const clean = cleanName(own, rules);
	return [clean, markName(clean, cleanName(id, { ...rules, maxLength: 64 }), rules, true)];
}
