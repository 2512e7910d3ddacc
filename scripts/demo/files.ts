import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Absolute paths with links resolved, because n8n checks access on the real path. */
export async function choosePaths(given: string[], work: string): Promise<string[]> {
	if (given.length > 0) {
		for (const path of given) if (!existsSync(path)) throw new Error(`File or folder "${path}" does not exist.`);
		return await Promise.all(given.map(async (path) => await realpath(resolve(path))));
	}
	// A file of over 100 MB that exists wherever this runs. It is copied so that n8n can only read what it sends.
	const folder = join(work, 'files');
	await mkdir(join(folder, 'small files', 'day 1'), { recursive: true });
	await cp(await realpath(process.execPath), join(folder, 'node'));
	for (let index = 1; index <= 20; index++) {
		await writeFile(join(folder, 'small files', `note ${index}.txt`), `Note ${index}\n`.repeat(index * 50));
	}
	await writeFile(join(folder, 'small files', 'day 1', 'Größe 映画 🎬.txt'), 'all kinds of names\n');
	await writeFile(join(folder, 'small files', 'day 1', 'empty.txt'), '');
	return [join(folder, 'node'), join(folder, 'small files')];
}

/** The folders that n8n must be allowed to read: it cannot allow single files. */
export async function foldersOf(paths: string[]): Promise<string[]> {
	return await Promise.all(paths.map(async (path) => ((await stat(path)).isDirectory() ? path : dirname(path))));
}

/** All files below the given paths, by their path in the package. */
export async function localFiles(paths: string[]): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const path of paths) {
		if (!(await stat(path)).isDirectory()) {
			found.set(basename(path), path);
			continue;
		}
		for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
			if (!entry.isFile()) continue;
			const file = join(entry.parentPath, entry.name);
			found.set(relative(dirname(path), file), file);
		}
	}
	return found;
}

export async function totalBytes(paths: string[]): Promise<number> {
	let bytes = 0;
	for (const file of (await localFiles(paths)).values()) bytes += (await stat(file)).size;
	return bytes;
}

export async function sha256(file: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
	return hash.digest('hex');
}
