import { throwIfCancelled } from '../errors';
import type { Hashing } from '../hashing';
import { untilAborted } from '../untilAborted';
import type { TargetFile, TargetFolder, TargetPlace } from './target';

const bufferBytes = 512 * 1024;

/**
 * The MD5 of a file that is there.
 * @returns `gone` if there is no file any more, or it has become shorter; undefined if it may not be read
 */
export async function md5Of(
	folder: TargetFolder,
	place: TargetPlace,
	hashing: Pick<Hashing, 'md5'>,
	signal: AbortSignal | undefined,
): Promise<string | 'gone' | undefined> {
	const found = await folder.look(place);
	if (found?.kind !== 'file') return 'gone';
	const file = await folder.openFile(place);
	if (file === undefined) return undefined;
	try {
		return (await md5OfRange(file, 0, found.bytes, hashing, signal)) ?? 'gone';
	} finally {
		file.close();
	}
}

/** All of a small file. @returns undefined if it has more than so many bytes, or may not be read */
export async function readWhole(
	folder: TargetFolder,
	place: TargetPlace,
	maxBytes: number,
	signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
	const found = await folder.look(place);
	if (found?.kind !== 'file' || found.bytes > maxBytes) return undefined;
	const file = await folder.openFile(place);
	if (file === undefined) return undefined;
	try {
		const content = new Uint8Array(found.bytes);
		let end = 0;
		for await (const piece of piecesOf(file, 0, found.bytes, signal)) {
			content.set(piece, end);
			end += piece.length;
		}
		return content.subarray(0, end);
	} finally {
		file.close();
	}
}

/** The MD5 of a part of a file. @returns undefined if it ends before */
export async function md5OfRange(
	file: TargetFile,
	start: number,
	end: number,
	hashing: Pick<Hashing, 'md5'>,
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	const md5 = hashing.md5();
	let position = start;
	for await (const piece of piecesOf(file, start, end, signal)) {
		md5.update(piece);
		position += piece.length;
	}
	return position < end ? undefined : md5.hex();
}

/** Each piece is valid until the next one. There are fewer bytes if the file ends before. */
async function* piecesOf(
	file: TargetFile,
	start: number,
	end: number,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
	const buffer = new Uint8Array(Math.min(bufferBytes, end - start));
	const within = untilAborted(signal);
	for (let position = start; position < end;) {
		throwIfCancelled(signal);
		const into = buffer.subarray(0, Math.min(buffer.length, end - position));
		const read = await within(file.read(into, position));
		if (read === 0) return;
		yield into.subarray(0, read);
		position += read;
	}
}
