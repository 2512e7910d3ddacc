import type { BigIntStats } from 'node:fs';

import { epochMs } from '../simClock';
import type { Worker } from '../worker';

/** What a worker has written and the disk may still lose. */
interface UnsafeWrite {
	by: Worker;
	position: number;
	bytes: number;
}

/** A file, a folder or a link on the simulated disk. */
export interface Inode {
	kind: 'file' | 'folder' | 'link';
	/** Given to another one once this one is deleted, as disks do. */
	number: number;
	/** Nanoseconds since the epoch. Different for each. */
	bornNs: bigint;
	/** Of a file; its length is the size. */
	content: Uint8Array;
	/** What outlives a power failure. */
	safe: Uint8Array;
	unsafe: UnsafeWrite[];
	modifiedMs: number;
	/** Of a folder. */
	entries: Map<string, Inode>;
	/** Of a folder: where it is. Undefined for the root. */
	parent: Inode | undefined;
	name: string;
	/** Where a link leads to. */
	target: string;
	/** How many names it has. */
	names: number;
	/** How often it is open. */
	opened: number;
	/** Name of the worker that has created it, or `somebody`. */
	by: string;
	/**
	 * Whether it has content that is damaged, which nobody can prevent: a call made in time has written it after its worker was frozen, or
	 * a run that verifies nothing has found it.
	 */
	isSpoiled: boolean;
}

/** Identifies a file, as `masv/node/partialFile.ts` does. */
export function identityOf({ number, bornNs }: Inode): string {
	return `${number}-${bornNs}`;
}

export function pathOf(folder: Inode): string {
	return folder.parent === undefined ? '' : `${pathOf(folder.parent)}/${folder.name}`;
}

/** As much of `fstat` as is used. */
export function statsOf(inode: Inode): BigIntStats {
	const modified = new Date(inode.modifiedMs);
	const stats = {
		dev: 1n,
		ino: BigInt(inode.number),
		nlink: BigInt(inode.names),
		size: BigInt(inode.content.length),
		blocks: BigInt(Math.ceil(inode.content.length / 512)),
		birthtimeNs: inode.bornNs,
		mtimeMs: BigInt(Math.round(inode.modifiedMs)),
		mtime: modified,
		atime: new Date(epochMs),
		isFile: () => inode.kind === 'file',
		isDirectory: () => inode.kind === 'folder',
		isSymbolicLink: () => inode.kind === 'link',
	};
	return stats as unknown as BigIntStats;
}

/** Writes into a file, which grows as necessary. Gaps are zeros. */
export function writeInto(inode: Inode, piece: Uint8Array, position: number): void {
	const end = position + piece.length;
	if (end > inode.content.length) inode.content = resized(inode.content, end);
	inode.content.set(piece, position);
}

export function resized(content: Uint8Array, bytes: number): Uint8Array {
	const changed = new Uint8Array(bytes);
	changed.set(content.subarray(0, bytes));
	return changed;
}
