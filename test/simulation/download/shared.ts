import type { Actor } from '../server/model';

/** What a file of MASV contains from some moment on. */
export interface FileVersion {
	content: Uint8Array;
	/** Undefined: the storage sends none. */
	etag: string | undefined;
	/** As in `Last-Modified`. */
	lastModified: string;
	/** Since the start of the history; milliseconds. */
	from: number;
}

/** A file, folder or archive that MASV lists. */
export interface SharedFile {
	id: string;
	kind: 'file' | 'directory' | 'zip_mac';
	name: string;
	path: string;
	/** The current one is the last. */
	versions: FileVersion[];
}

/** A finalized package. */
export interface SharedPackage {
	id: string;
	name: string;
	files: SharedFile[];
	/** Size of the parts in which its files were uploaded, as MASV tells it. */
	toldPartBytes: number | undefined;
	/** Tokens of level `f`, which only the team gets. */
	tokens: Set<string>;
}

export interface SimLink {
	id: string;
	package: SharedPackage;
	secret: string;
	password: string | undefined;
	by: Actor;
	isActive: boolean;
	/** Tokens of level `d`. */
	tokens: Set<string>;
	/** Look-ups that MASV has counted. */
	accesses: number;
	accessLimit: number;
	/** Whether the run that has created it has received the answer. */
	isKnown: boolean;
	createdAt: number;
}

export function currentOf({ versions }: SharedFile): FileVersion {
	return versions.at(-1) as FileVersion;
}

/** The version that a list shows which is `staleMs` behind. */
export function versionAt({ versions }: SharedFile, atMs: number): FileVersion {
	return versions.findLast(({ from }) => from <= atMs) ?? (versions[0] as FileVersion);
}
