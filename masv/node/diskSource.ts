import { close, constants, fstat, open, read } from 'node:fs';
import type { FileFacts, FileStamp, RangeSource } from '../transfer/source';
import { toStamp } from './fileStamp';

/** A file on disk. Callers must check that `location` may be read. */
export function diskSource(location: string, facts: FileFacts): RangeSource {
	return {
		...facts,
		location,
		kind: 'range',
		open: async () => {
			const file = await openForReading(location);
			return {
				read: async (into, position) => await readAt(file, into, position),
				look: async () => await lookAt(file),
				// Nothing depends on the end of it, and errors of closing a file that was only read mean nothing.
				close: () => close(file, () => undefined),
			};
		},
	};
}

// Plain file descriptors, because FileHandle objects are slower, which matters with thousands of small files.
async function openForReading(location: string): Promise<number> {
	// Without O_NOFOLLOW, a symbolic link that replaces the file after the path check would be followed.
	const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
	return await new Promise((resolve, reject) => {
		open(location, flags, (error, file) => (error === null ? resolve(file) : reject(error)));
	});
}

async function readAt(file: number, into: Uint8Array, position: number): Promise<number> {
	return await new Promise((resolve, reject) => {
		read(file, into, 0, into.length, position, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
	});
}

async function lookAt(file: number): Promise<FileStamp> {
	return await new Promise((resolve, reject) => {
		fstat(file, { bigint: true }, (error, stats) => (error === null ? resolve(toStamp(stats)) : reject(error)));
	});
}
