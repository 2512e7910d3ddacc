import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { mebibyte } from './options.ts';

/** Creates a file of this size and flushes it to disk, so that no writes are pending during the measurement. */
export async function makeFile(path: string, bytes: number): Promise<string> {
	const block = randomBytes(Math.min(bytes, 16 * mebibyte));
	const file = await open(path, 'w');
	try {
		for (let left = bytes; left > 0; left -= block.length) await file.write(block.subarray(0, left));
		await file.sync();
	} finally {
		await file.close();
	}
	return path;
}

/** Copies the first `bytes` of a file into files of at most `pieceBytes` each. */
export async function cutFile(path: string, folder: string, bytes: number, pieceBytes: number): Promise<string[]> {
	await mkdir(folder, { recursive: true });
	const from = await open(path);
	const pieces: string[] = [];
	try {
		for (let start = 0; start < bytes; start += pieceBytes) {
			const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes - start));
			await from.read(piece, 0, piece.length, start);
			const name = join(folder, `part-${pieces.length}`);
			await writeFile(name, piece, { flush: true });
			pieces.push(name);
		}
	} finally {
		await from.close();
	}
	return pieces;
}

/** All with the same content, so that the sink knows their ETag. */
export async function makeSmallFiles(folder: string, count: number, content: Buffer): Promise<string> {
	await mkdir(folder, { recursive: true });
	for (let index = 0; index < count; index++) await writeFile(join(folder, `${index}.bin`), content);
	return folder;
}

/** Loads a file into the page cache if it is no longer there. */
export async function warm(path: string): Promise<void> {
	for await (const _piece of createReadStream(path, { highWaterMark: mebibyte }));
}
