import { createHash, randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { mebibyte } from './options.ts';

/** What the sink serves: objects of any size, whose content is one MiB again and again. */
export interface Content {
	/** The file that contains the MiB. */
	path: string;
	block: Buffer;
}

/** Size of the parts in which the objects were uploaded. The sink tells it as `chunk_size` of the package. */
const partBytes = 32 * mebibyte;

export async function makeContent(folder: string): Promise<Content> {
	const content = { path: join(folder, 'content.bin'), block: randomBytes(mebibyte) };
	await writeFile(content.path, content.block);
	return content;
}

export function objectUrl(url: string, bytes: number): string {
	return `${url}/bucket/object-${bytes}`;
}

/** The package that contains so many objects of this size, uploaded in parts of 32 MiB or of `partBytes`. */
export function packageOf(files: number, bytes: number, partBytes?: number): string {
	return `received-${files}-${bytes}${partBytes === undefined ? '' : `-${partBytes}`}`;
}

/** The ETag of an object that was uploaded in parts, without quotes: the MD5 of the MD5s of the parts, and their number. */
export function etagOf(bytes: number, { block }: Content): string {
	const parts = Math.ceil(bytes / partBytes);
	const whole = parts > 1 ? md5Of(partBytes, block) : Buffer.alloc(0);
	const all = createHash('md5');
	for (let part = 1; part < parts; part++) all.update(whole);
	all.update(md5Of(bytes - (parts - 1) * partBytes, block));
	return `${all.digest('hex')}-${parts}`;
}

function md5Of(bytes: number, block: Buffer): Buffer {
	const md5 = createHash('md5');
	for (let left = bytes; left > 0; left -= block.length) md5.update(block.subarray(0, left));
	return md5.digest();
}

const samples = 64;
const smallBytes = 64 * 1024;

/**
 * Compares the size of a file and some places in it with the object that it should be; a small file as a whole, because there are
 * thousands of them.
 * @param start of the file in the object, in bytes
 * @throws Error
 */
export async function checkContent(path: string, bytes: number, { block }: Content, start = 0): Promise<void> {
	const file = await open(path);
	try {
		const { size } = await file.stat();
		if (size !== bytes) throw new Error(`${path} has ${size} bytes instead of ${bytes}`);
		const isSmall = bytes <= smallBytes;
		const piece = Buffer.alloc(Math.min(isSmall ? smallBytes : 4096, bytes));
		for (let sample = 0; sample <= (isSmall ? 0 : samples); sample++) {
			const at = Math.floor(((bytes - piece.length) / samples) * sample);
			await file.read(piece, 0, piece.length, at);
			const from = (start + at) % block.length;
			const beforeEnd = Math.min(piece.length, block.length - from);
			const isSame =
				block.compare(piece, 0, beforeEnd, from, from + beforeEnd) === 0 &&
				block.compare(piece, beforeEnd, piece.length, 0, piece.length - beforeEnd) === 0;
			if (!isSame) throw new Error(`${path} has other content at ${at}`);
		}
	} finally {
		await file.close();
	}
}
