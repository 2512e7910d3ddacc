import {
	closeSync,
	fstatSync,
	futimesSync,
	linkSync,
	lstatSync,
	openSync,
	readSync,
	renameSync,
	unlinkSync,
	writeSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';

import type { CallsIn } from './foldersInUse';
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

/** A call that takes longer waits for the disk, or for a processor that others use. */
const quickMs = 2;
/** How many times as long as a slow call the thread pool is used afterwards: slow calls hold up the process for 5% of the time. */
const restFactor = 20;
/** A larger piece takes longer to copy than the thread pool takes to begin. */
const smallBytes = 64 * 1024;

/**
 * The calls for files on a disk of this machine. They take microseconds, because the system only notes in its memory what is to be
 * written, and mostly has in its memory what is to be read. Node's thread pool would take ten times as long, which would be most of
 * the time that a small file takes. Nothing else runs meanwhile, so a call that was slow sends those after it to the thread pool for a while.
 * What always waits for the disk uses the pool in any case.
 * @param now milliseconds
 */
export function createLocalCalls(now: () => number = () => performance.now()): WriteCalls {
	let busyUntil = -Infinity;
	const direct =
		<A extends unknown[], T>(call: (...args: A) => T, pooled: (...args: A) => Promise<T>) =>
		// Async, so that what is thrown rejects.
		async (...args: A): Promise<T> => {
			const startedAt = now();
			if (startedAt < busyUntil) return await pooled(...args);
			try {
				return call(...args);
			} finally {
				const tookMs = now() - startedAt;
				if (tookMs > quickMs) busyUntil = startedAt + tookMs * (1 + restFactor);
			}
		};
	const readSmall = direct(
		(file: number, into: Uint8Array, position: number) => readSync(file, into, 0, into.length, position),
		async (...args) => await writeCalls.read(...args),
	);
	const writeSmall = direct(
		(file: number, piece: Uint8Array, position: number) => writeSync(file, piece, 0, piece.length, position),
		async (...args) => await writeCalls.write(...args),
	);
	return {
		...writeCalls,
		isLocal: true,
		open: direct(
			(path: string, flags: number) => openSync(path, flags),
			async (...args) => await writeCalls.open(...args),
		),
		read: (...args) => (args[1].length > smallBytes ? writeCalls.read(...args) : readSmall(...args)),
		look: direct(
			(file: number) => fstatSync(file, { bigint: true }),
			async (...args) => await writeCalls.look(...args),
		),
		lookAt: direct(
			(path: string) => lstatSync(path, { bigint: true }),
			async (...args) => await writeCalls.lookAt(...args),
		),
		write: (...args) => (args[1].length > smallBytes ? writeCalls.write(...args) : writeSmall(...args)),
		setTimes: direct(
			(file: number, accessed: Date, modified: Date) => futimesSync(file, accessed, modified),
			async (...args) => await writeCalls.setTimes(...args),
		),
		link: direct(
			(from: string, to: string) => linkSync(from, to),
			async (...args) => await writeCalls.link(...args),
		),
		rename: direct(
			(from: string, to: string) => renameSync(from, to),
			async (...args) => await writeCalls.rename(...args),
		),
		remove: direct(
			(path: string) => unlinkSync(path),
			async (...args) => await writeCalls.remove(...args),
		),
		close: (file) => {
			try {
				closeSync(file);
			} catch {
				// See `FileCalls`.
			}
		},
	};
}

/** One for all transfers: what one of them finds slow is slow for the others, too. */
export const localCalls: WriteCalls = createLocalCalls();

/** @returns a function that chooses the calls for files that are received into a folder */
export function createCallChooser(): CallsIn {
	// Another disk may be mounted at a folder below.
	const byDevice = new Map<bigint, Promise<WriteCalls>>();
	return async (folder) => {
		const calls = byDevice.get(folder.device) ?? choose(folder.at('.'));
		byDevice.set(folder.device, calls);
		return await calls;
	};
}

async function choose(folder: string): Promise<WriteCalls> {
	return (await localCallsAt(folder)) ?? writeCalls;
}

/** @returns undefined if what is at the path is not on a disk of this machine */
export async function localCallsAt(path: string): Promise<WriteCalls | undefined> {
	const type = await statfs(path).then(
		(disk) => disk.type,
		() => undefined,
	);
	return type !== undefined && localTypes.has(type) ? localCalls : undefined;
}
