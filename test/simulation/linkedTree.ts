import type { DiskFile, Link } from './disk';

export type TreeNode =
	| { kind: 'folder' }
	| { kind: 'file'; file: DiskFile }
	/** Where it leads to: one path for each position of the link. */
	| { kind: 'link'; link: Link; targets: readonly string[] };

/** A folder that is sent as a whole, and what links in it lead to. */
export interface LinkedTree {
	top: string;
	/** By path. */
	nodes: Map<string, TreeNode>;
}

/** The folder that workflows may read. */
export const allowedFolder = '/media';

export function parentOf(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}
