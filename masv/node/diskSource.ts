import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import type { FileFacts, RangeSource } from '../transfer/source';

/** A file on disk. `location` must have passed the rules on which paths may be read. */
export function diskSource(location: string, facts: FileFacts): RangeSource {
	return {
		identity: JSON.stringify([location, facts.bytes, facts.modifiedAt.getTime()]),
		...facts,
		kind: 'range',
		open: async () => {
			const file = await openForReading(location);
			return {
				read: async (into, position) => await readAt(file, into, position),
				// Neither waits for a disk: what there is to know of an open file is in memory, and nothing was written to it.
				// Each trip to Node's thread pool costs a small file more than its bytes do.
				look: () => {
					const { size, mtimeMs } = fstatSync(file);
					return { bytes: size, modifiedMs: Math.trunc(mtimeMs) };
				},
				close: () => closeSync(file),
			};
		},
	};
}

// Bare descriptors: Node's file handles cost more than a small file does, and thousands of those are sent in one go.
async function openForReading(location: string): Promise<number> {
	// A link put in place of the file after its path was checked must not be followed.
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
