import { closeSync, constants, fstatSync, open, read } from 'node:fs';

import { MasvInputError, MasvUploadError } from '../errors';

/** What is known of a file before it is read. */
export interface FileFacts {
	name: string;
	/** Folder within the package: relative, `/` between its parts, empty for the top. */
	path: string;
	bytes: number;
	modifiedAt: Date;
	/**
	 * Tells this very content from any other, for as long as it lies where it is: place, size and modification time of a
	 * file. Absent: it cannot be told, and an upload of it is not resumed.
	 */
	identity?: string;
}

/** Reads any part of an open file. */
export interface RangeReader {
	/** Fills `into` from `position` as far as there are bytes; returns how many it read, 0 at the end of the file. */
	read(into: Uint8Array, position: number): Promise<number>;
	/** Size and modification time as they are now, for the proof that the file stayed as it was. */
	look(): { bytes: number; modifiedMs: number };
	close(): void;
}

/** Can be read at any place, in parallel, again: a file on disk, a Buffer. */
export interface RangeSource extends FileFacts {
	kind: 'range';
	open(): Promise<RangeReader>;
}

/** Can be read once, from its beginning. Never trust the sizes of the pieces: some stores give the whole file as one. */
export interface StreamSource extends FileFacts {
	kind: 'stream';
	open(): Promise<AsyncIterable<Uint8Array>>;
}

export type FileSource = RangeSource | StreamSource;

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

/** Bytes that are in memory already. */
export function bufferSource(content: Uint8Array, facts: Omit<FileFacts, 'bytes'>): RangeSource {
	const source = { ...facts, bytes: content.length };
	return {
		...source,
		kind: 'range',
		open: () =>
			Promise.resolve({
				read: (into: Uint8Array, position: number) => {
					const piece = content.subarray(position, position + into.length);
					into.set(piece);
					return Promise.resolve(piece.length);
				},
				look: () => ({ bytes: content.length, modifiedMs: source.modifiedAt.getTime() }),
				close: () => undefined,
			}),
	};
}

/** As people and errors name a file: with its folder. */
export function labelOf({ name, path }: Pick<FileFacts, 'name' | 'path'>): string {
	return path === '' ? name : `${path}/${name}`;
}

/** @throws MasvUploadError when the file is not what it was when the upload was planned */
export function checkUnchanged(source: RangeSource, reader: RangeReader): void {
	const { bytes, modifiedMs } = reader.look();
	if (bytes !== source.bytes) throw changedError(source, `it had ${source.bytes} bytes and has ${bytes} now`);
	if (modifiedMs !== source.modifiedAt.getTime())
		throw changedError(source, 'its modification time is another one now');
}

/** A file that is not what was planned. Nothing of it may be finalized: nobody can tell what was sent. */
export function changedError(source: FileFacts, how: string): MasvUploadError {
	return new MasvUploadError(`"${labelOf(source)}" changed while it was sent: ${how}`, {
		file: labelOf(source),
		reason: 'changed',
		hint: 'Wait until nothing writes to the file any more, then run this again.',
	});
}

/**
 * A folder path as MASV takes it: relative, `/` between parts, no empty parts.
 * @throws MasvInputError for `..` and control characters
 */
export function toPackagePath(text: string, field: string): string {
	const parts = text.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
	if (parts.includes('..') || /[\u0000-\u001f]/.test(text)) {
		throw new MasvInputError(`"${text}" is not a folder within a package`, {
			field,
			hint: 'Use a relative path such as "day 1/camera A", without ".." and without line breaks.',
		});
	}
	return parts.join('/');
}

/**
 * A file name without separators or control characters.
 * @throws MasvInputError
 */
export function checkFileName(name: string, field: string): string {
	if (name !== '' && name !== '.' && name !== '..' && !/[/\\\u0000-\u001f]/.test(name)) return name;
	throw new MasvInputError(`"${name}" is not a file name that can be sent`, {
		field,
		hint: 'Rename the file: its name must not be empty or hold slashes, backslashes or line breaks.',
	});
}

/**
 * Two files may not end at the same place of a package: one would hide the other.
 * @throws MasvInputError that names both
 */
export function checkDistinct(sources: ReadonlyArray<Pick<FileFacts, 'name' | 'path'> & { origin?: string }>): void {
	const places = new Map<string, string | undefined>();
	for (const source of sources) {
		const place = labelOf(source);
		if (places.has(place)) {
			const origins = [places.get(place), source.origin].filter((origin) => origin !== undefined);
			const from = origins.length > 0 ? ` (${origins.join(' and ')})` : '';
			throw new MasvInputError(`Two files would be "${place}" in the package${from}`, {
				field: 'Files',
				hint: 'Rename one of them, or put them into different folders of the package.',
			});
		}
		places.set(place, source.origin);
	}
}
