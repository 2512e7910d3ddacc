import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createOwnFolder } from './createFolder';
import { openOwn, readOwn, undefinedIfMissing } from './openOwn';

/** Of creating a file in a folder that others may remove while it is empty. */
const maxAttempts = 20;

const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;

/**
 * The files of one lease: a folder of its own, with one file per generation, so that ten thousand other leases do not slow it
 * down. Listing and opening are also what a network disk answers with the present state, while a mere look-up of a name
 * may be answered from a cache (nfs(5), close-to-open consistency).
 */
export class LeasePlace {
	readonly #folder: string;

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** In ascending order. None if there is no such folder. */
	async generations(): Promise<number[]> {
		const names = await readdir(this.#folder).catch(undefinedIfMissing);
		return (names ?? [])
			.filter((name) => /^[1-9]\d{0,14}$/.test(name))
			.map(Number)
			.sort((a, b) => a - b);
	}

	async highest(): Promise<number> {
		return (await this.generations()).at(-1) ?? 0;
	}

	/** @returns undefined if there is no such generation */
	async read(generation: number): Promise<string | undefined> {
		return await readOwn(this.#fileOf(generation), async (handle) => await handle.readFile('utf8'));
	}

	/** Something that changes with every sign of life, also if the file of another user cannot be read. */
	async look(generation: number): Promise<string | undefined> {
		try {
			return await this.read(generation);
		} catch {
			const stats = await lstat(this.#fileOf(generation), { bigint: true }).catch(undefinedIfMissing);
			return stats === undefined ? undefined : String(stats.mtimeNs);
		}
	}

	/** @returns false if somebody else was first. Leaves nothing behind when it fails */
	async create(generation: number, text: string): Promise<boolean> {
		const handle = await this.#createFile(this.#fileOf(generation));
		if (handle === undefined) return false;
		try {
			// A network disk may report that it is full only when the file is closed.
			await handle.writeFile(text).finally(async () => await handle.close());
		} catch (error) {
			await this.remove(generation).catch(() => undefined);
			await rmdir(this.#folder).catch(() => undefined);
			throw error;
		}
		return true;
	}

	/**
	 * Writes to the file of a generation if its text contains this. It asks the file that it has opened: what has the same
	 * name may meanwhile be of another holder.
	 */
	async overwrite(generation: number, contained: string, text: string): Promise<void> {
		const handle = await openOwn(this.#fileOf(generation), O_RDWR);
		try {
			if (!(await handle.readFile('utf8')).includes(contained)) return;
			const bytes = Buffer.from(text);
			await handle.write(bytes, 0, bytes.length, 0);
			await handle.truncate(bytes.length);
		} finally {
			await handle.close();
		}
	}

	async remove(generation: number): Promise<void> {
		await rm(this.#fileOf(generation), { force: true });
	}

	/** The oldest first, so that a crash leaves the newest. */
	async removeUpTo(generation: number): Promise<void> {
		for (const each of await this.generations()) {
			if (each <= generation) await this.remove(each);
		}
	}

	/** Fails if somebody has created a generation meanwhile. */
	async removeFolder(): Promise<void> {
		await rmdir(this.#folder);
	}

	/** @returns undefined if there is such a file already */
	async #createFile(file: string): Promise<FileHandle | undefined> {
		for (let attempt = 1; ; attempt++) {
			try {
				await createOwnFolder(this.#folder);
				return await openOwn(file, O_WRONLY | O_CREAT | O_EXCL);
			} catch (error) {
				const { code } = error as NodeJS.ErrnoException;
				if (code === 'EEXIST') return undefined;
				// Somebody else has just removed the folder, which was empty: see removeFolder.
				if (code === 'ENOENT' && attempt < maxAttempts) continue;
				await rmdir(this.#folder).catch(() => undefined);
				throw error;
			}
		}
	}

	#fileOf(generation: number): string {
		return join(this.#folder, String(generation));
	}
}
