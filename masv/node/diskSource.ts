import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import type { FileFacts, RangeSource } from '../transfer/source';

/** A file on disk. Callers must check that `location` may be read. */
export function diskSource(location: string, facts: FileFacts): RangeSource {
	return {
		identity: JSON.stringify([location, facts.bytes, facts.modifiedAt.getTime()]),
		...facts,
		kind: 'range',
		open: async () => {
			const file = await openForReading(location);
			return {
				read: async (into, position) => await readAt(file, into, position),
				// Synchronous calls: the data of an open file is in memory, while Node's thread pool would take longer than
				// reading a small file.
				look: () => {
					const { size, mtimeMs } = fstatSync(file);
					return { bytes: size, modifiedMs: Math.trunc(mtimeMs) };
				},
				close: () => closeSync(file),
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
