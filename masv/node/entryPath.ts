import { sep } from 'node:path';

/**
 * The path of an entry of a folder, for many entries: `join` would make a text of many pieces, four times as large, which stays in memory.
 * @param folder a path as `resolve` returns it
 * @param name of one entry, not a path
 */
export function entryPath(folder: string, name: string): string {
	return folder.endsWith(sep) ? `${folder}${name}` : [folder, name].join(sep);
}
