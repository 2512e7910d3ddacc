import { closeSync, fstatSync, lstatSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

import type { OpenFolder } from './openFolder';
import type { WriteCalls } from './writeCalls';
import { writeCalls } from './writeCalls';

/** Disks of this machine, by `statfs(2)`. Behind others, there may be a server, or another program. */
const localTypes = new Set([
	0xef53, // ext2, ext3 and ext4
	0x5846_5342, // XFS
	0x9123_683e, // Btrfs
	0xf2f5_2010, // F2FS
	0x2fc1_2fc1, // ZFS
	0x0102_1994, // tmpfs
	0x794c_7630, // overlayfs, in containers
]);

/**
 * The calls for a file that is being received on a disk of this machine. What they ask about a file that was just created or
 * written is in the system's memory, and Node's thread pool would take several times as long as the calls themselves, which is
 * most of the time that a small file takes. Not for files that were not used before: while the disk is read, nothing else runs.
 */
export const localCalls: WriteCalls = {
	...writeCalls,
	// Async, so that what is thrown rejects.
	look: async (file) => await Promise.resolve(fstatSync(file, { bigint: true })),
	lookAt: async (path) => await Promise.resolve(lstatSync(path, { bigint: true })),
	close: (file) => {
		try {
			closeSync(file);
		} catch {
			// See `FileCalls`.
		}
	},
};

/** @returns a function that chooses the calls for files that are received into a folder */
export function createCallChooser(): (folder: OpenFolder) => Promise<WriteCalls> {
	// Another disk may be mounted at a folder below.
	const byDevice = new Map<bigint, Promise<WriteCalls>>();
	return async (folder) => {
		const calls = byDevice.get(folder.device) ?? choose(folder.at('.'));
		byDevice.set(folder.device, calls);
		return await calls;
	};
}

async function choose(folder: string): Promise<WriteCalls> {
	const type = await statfs(folder).then(
		(disk) => disk.type,
		() => undefined,
	);
	return type !== undefined && localTypes.has(type) ? localCalls : writeCalls;
}
