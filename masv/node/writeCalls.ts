import type { BigIntStats } from 'node:fs';
import { fdatasync, fsync, ftruncate, futimes, write } from 'node:fs';
import { link, lstat, mkdir, readdir, readlink, rename, statfs, symlink, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { FileCalls } from './fileCalls';
import { fileCalls } from './fileCalls';

/** The system calls of a folder that receives files, so that tests can replace a disk that is full, fails or hangs. */
export interface WriteCalls extends FileCalls {
	/** Whether the files are on a disk of this machine, which answers at once. */
	readonly isLocal?: boolean;
	/** @returns the number of bytes that were written: fewer than asked for if the disk is nearly full */
	write(file: number, piece: Uint8Array, position: number): Promise<number>;
	/** @param withTimes whether the times of the file must be safe, too */
	sync(file: number, withTimes: boolean): Promise<void>;
	truncate(file: number, bytes: number): Promise<void>;
	setTimes(file: number, accessed: Date, modified: Date): Promise<void>;
	/** What is at a path. Follows no link at its end. */
	lookAt(path: string): Promise<BigIntStats>;
	list(path: string): Promise<string[]>;
	/** Bytes that can still be written to the disk of a folder. Undefined if the disk does not know its size. */
	readFreeBytes(path: string): Promise<number | undefined>;
	makeFolder(path: string): Promise<void>;
	/** A second name for a file. Fails with EEXIST if something has that name. */
	link(from: string, to: string): Promise<void>;
	/** A symbolic link. Fails with EEXIST if something has its name. */
	linkTo(target: string, path: string): Promise<void>;
	/** Where a symbolic link leads. */
	readLink(path: string): Promise<string>;
	/** Replaces a file or link that has the new name. */
	rename(from: string, to: string): Promise<void>;
	remove(path: string): Promise<void>;
}

const writeAt = promisify(write) as unknown as (
	file: number,
	piece: Uint8Array,
	offset: number,
	length: number,
	position: number,
) => Promise<{ bytesWritten: number }>;
const [syncContent, syncAll, truncate, setTimes] = [
	promisify(fdatasync),
	promisify(fsync),
	promisify(ftruncate),
	promisify(futimes),
];

export const writeCalls: WriteCalls = {
	...fileCalls,
	write: async (file, piece, position) => (await writeAt(file, piece, 0, piece.length, position)).bytesWritten,
	sync: async (file, withTimes) => await (withTimes ? syncAll(file) : syncContent(file)),
	truncate,
	setTimes,
	lookAt: async (path) => await lstat(path, { bigint: true }),
	list: async (path) => await readdir(path),
	readFreeBytes: async (path) => {
		const { bavail, bsize, blocks } = await statfs(path, { bigint: true });
		// Some drives do not know their size.
		return blocks === 0n ? undefined : Number(bavail * bsize);
	},
	makeFolder: async (path) => {
		await mkdir(path);
	},
	link,
	linkTo: async (target, path) => await symlink(target, path),
	readLink: async (path) => await readlink(path),
	rename,
	remove: unlink,
};

/** Writes all of a piece: a disk that is nearly full takes part of it. */
export async function writeAll(calls: WriteCalls, file: number, piece: Uint8Array, position: number): Promise<void> {
	for (let written = 0; written < piece.length;) {
		const rest = written === 0 ? piece : piece.subarray(written);
		written += await calls.write(file, rest, position + written);
	}
}
