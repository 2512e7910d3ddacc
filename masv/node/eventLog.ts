import { randomUUID } from 'node:crypto';
import { closeSync, constants, readdirSync, rmSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createOwnFolderSync } from './createFolder';
import { openOwnSync, readOwn, undefinedIfMissing } from './openOwn';

const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** Enough for weeks of busy portals. Attempts to deliver an event are minutes or hours apart. */
const keysPerNumber = 10_000;

/** What is known of one file. */
interface Segment {
	keys: Set<string>;
	/** What of it has been read or written; undefined if it is not there yet. */
	file: { bytes: number; identity: string | undefined } | undefined;
}

/**
 * Keys of events in a folder that several processes may share, one per line, in numbered files. Each process appends to files of
 * its own, because a network drive may lose a line when two machines append to the same file at the same moment. When the files of a
 * number are full, the next number is begun, and the ones before it are deleted. No file is ever written anew.
 */
export class EventLog {
	readonly #folder: string;
	/** Part of the names of its files. */
	readonly #writer: string;
	/** By name. Those of the highest number are appended to. */
	readonly #segments = new Map<string, Segment>();

	/** @param writer no other process has the same one */
	constructor(folder: string, writer: string = randomUUID()) {
		this.#folder = folder;
		this.#writer = writer;
	}

	has(key: string): boolean {
		return [...this.#segments.values()].some(({ keys }) => keys.has(key));
	}

	/** Reads what other processes have appended. */
	async refresh(): Promise<void> {
		const written = [...this.#segments].flatMap(([name, { file }]) => (file === undefined ? [] : [name]));
		const names = ((await readdir(this.#folder).catch(undefinedIfMissing)) ?? []).filter((name) => numberOf(name) > 0);
		// Another process has removed all files, or those of an old number.
		for (const name of written) if (!names.includes(name)) this.#segments.delete(name);
		const current = highest(names);
		for (const name of names) if (numberOf(name) >= current - 1) await this.#read(name);
		this.#dropOld();
	}

	/** Synchronous, because the process may be killed right after the response. The key is known even if this throws. */
	append(key: string): void {
		const current = this.#current();
		const isFull = this.#countOf(current) >= keysPerNumber;
		const name = `${isFull ? current + 1 : current}-${this.#writer}.events`;
		const segment = this.#segment(name);
		segment.keys.add(key);
		this.#dropOld();
		// The line break comes first. Otherwise, a line truncated by a crash would corrupt the next one.
		const line = `\n${key}`;
		const file = this.#openToAppend(name);
		try {
			writeSync(file, line);
		} finally {
			closeSync(file);
		}
		segment.file ??= { bytes: 0, identity: undefined };
		segment.file.bytes += line.length;
		if (isFull) this.#removeOld(current + 1);
	}

	/** Deletes everything in the folder. */
	async remove(): Promise<void> {
		this.#segments.clear();
		// Another process may be adding a file.
		await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
	}

	#current(): number {
		return Math.max(1, highest(this.#segments.keys()));
	}

	/** How many keys the files of a number have together. */
	#countOf(number: number): number {
		let count = 0;
		for (const [name, { keys }] of this.#segments) if (numberOf(name) === number) count += keys.size;
		return count;
	}

	#segment(name: string): Segment {
		const known = this.#segments.get(name);
		if (known !== undefined) return known;
		const added: Segment = { keys: new Set(), file: undefined };
		this.#segments.set(name, added);
		return added;
	}

	#dropOld(): void {
		const current = this.#current();
		for (const name of this.#segments.keys()) if (numberOf(name) < current - 1) this.#segments.delete(name);
	}

	#removeOld(current: number): void {
		for (const name of readdirSync(this.#folder)) {
			const number = numberOf(name);
			if (number > 0 && number < current - 1) rmSync(join(this.#folder, name), { force: true });
		}
	}

	async #read(name: string): Promise<void> {
		await readOwn(join(this.#folder, name), async (handle) => {
			const { size, ino, birthtimeMs } = await handle.stat();
			// The inode of a deleted file is soon used again.
			const identity = `${ino} ${birthtimeMs}`;
			const known = this.#segments.get(name)?.file;
			if (known?.bytes === size && known.identity === identity) return;
			const text = await handle.readFile('utf8');
			const segment = this.#segment(name);
			// Another process has removed all files, and this one has begun again.
			if (known?.identity !== undefined && known.identity !== identity) segment.keys.clear();
			for (const key of text.split('\n')) if (key !== '') segment.keys.add(key);
			segment.file = { bytes: Buffer.byteLength(text), identity };
		});
	}

	#openToAppend(name: string): number {
		const file = join(this.#folder, name);
		const flags = O_WRONLY | O_APPEND | O_CREAT;
		try {
			return openOwnSync(file, flags);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
			createOwnFolderSync(this.#folder);
			return openOwnSync(file, flags);
		}
	}
}

/** 0 for other files. */
function numberOf(name: string): number {
	return Number(/^(\d+)(?:-[\w-]+)?\.events$/.exec(name)?.[1] ?? 0);
}

function highest(names: Iterable<string>): number {
	return Math.max(0, ...[...names].map(numberOf));
}
