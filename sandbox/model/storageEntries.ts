import type { StoredObject } from './state.ts';

/** A file or folder as browsing returns it (docs/masv-api.md#storage-connections-and-transfers). */
export interface Entry {
	id: string;
	name: string;
	kind: 'file' | 'directory';
	/** Bytes; only files have a size. */
	size?: number;
}

/**
 * What a bucket returns for a prefix with the delimiter `/`, sorted by key: the `id` of a folder ends with a slash, as the
 * common prefixes of S3 do.
 */
export function bucketEntries(objects: StoredObject[], prefix: string): Entry[] {
	return entriesBelow(objects, prefix, (path, end) => path.slice(0, end + 1));
}

/** What a gateway returns for a path: the `id` of a folder is its path without a slash at the end. */
export function gatewayEntries(objects: StoredObject[], path: string): Entry[] {
	const folder = path.replace(/^\/+|\/+$/g, '');
	return entriesBelow(objects, folder === '' ? '' : `${folder}/`, (whole, end) => whole.slice(0, end));
}

function entriesBelow(
	objects: StoredObject[],
	prefix: string,
	folderId: (path: string, end: number) => string,
): Entry[] {
	const entries = new Map<string, Entry>();
	for (const { path, content } of objects) {
		if (!path.startsWith(prefix) || path === prefix) continue;
		const end = path.indexOf('/', prefix.length);
		const entry: Entry =
			end === -1
				? { id: path, name: nameOf(path), kind: 'file', size: content.byteLength }
				: { id: folderId(path, end), name: nameOf(path.slice(0, end)), kind: 'directory' };
		entries.set(entry.id, entry);
	}
	return [...entries.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function nameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}
