import type { BigIntStats } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { close, fstat, open, read, readlinkSync } from 'node:fs';

/**
 * The system calls on an open file, so that tests can replace a disk that fails or hangs. They run on Node's thread pool: on a
 * network drive, each of them can take seconds. Plain descriptors, because FileHandle objects are slower, which matters
 * with thousands of small files.
 */
export interface FileCalls {
	open(path: string, flags: number): Promise<number>;
	read(file: number, into: Uint8Array, position: number): Promise<number>;
	look(file: number): Promise<BigIntStats>;
	/**
	 * The path of an open file, as the kernel knows it; undefined where it does not tell. Synchronous, because Linux reads
	 * it from its own memory: no disk is asked, and the thread pool would take ten times as long.
	 */
	pathOf(file: number): string | undefined;
	/** Errors are ignored: after reading, they mean nothing. */
	close(file: number): void;
	pause(ms: number): Promise<void>;
}

type Callback<T> = (error: Error | null, value: T) => void;

function call<T>(start: (callback: Callback<T>) => void): Promise<T> {
	return new Promise((resolve, reject) => start((error, value) => (error === null ? resolve(value) : reject(error))));
}

export const fileCalls: FileCalls = {
	open: (path, flags) => call((callback) => open(path, flags, callback)),
	read: (file, into, position) => call<number>((callback) => read(file, into, 0, into.length, position, callback)),
	look: (file) => call<BigIntStats>((callback) => fstat(file, { bigint: true }, callback)),
	pathOf: (file) => {
		if (process.platform !== 'linux') return undefined;
		try {
			return readlinkSync(`/proc/self/fd/${file}`);
		} catch (error) {
			// In some containers, /proc is not mounted.
			if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
			throw error;
		}
	},
	close: (file) => close(file, () => undefined),
	pause: async (ms) => await wait(ms),
};
