import { closeSync, constants, mkdirSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { openOwn, openOwnSync, undefinedIfMissing } from './openOwn';

const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = constants;

/** Enough for weeks of busy portals. Attempts to deliver an event are minutes or hours apart. */
const keysPerSegment = 10_000;

interface Segment {
	keys: Set<string>;
	/** What of its file has been read or written; undefined if there is none yet. */
	file: { bytes: number; identity: string | undefined } | undefined;
}

/**
 * Keys of events in a folder that several processes may share, one per line, in numbered files. Lines are only appended: when
 * a file is full, the next one is begun, and the one before it is deleted. No file is ever written anew, which
 * would lose the lines that others append at the same moment.
 */
export class EventLog {
	readonly #folder: string;
	/** By number. The highest is the one that is appended to. */
	#segments = new Map<number, Segment>();

	constructor(folder: string) {
		this.#folder = folder;
	}

	has(key: string): boolean {
		return [...this.#segments.values()].some(({ keys }) => keys.has(key));
	}

	/** Reads what other processes have appended. */
	async refresh(): Promise<void> {
		const current = this.#current();
		const wasWritten = this.#segments.get(current)?.file !== undefined;
		const numbers = numbersIn((await readdir(this.#folder).catch(undefinedIfMissing)) ?? []);
		// Another process has removed all files, or begun two new ones meanwhile.
		if (wasWritten && !numbers.includes(current)) this.#segments.clear();
		for (const number of numbers.slice(-2)) await this.#read(number);
		this.#dropOld();
	}

	/** Synchronous, because the process may be killed right after the response. The key is known even if this throws. */
	append(key: string): void {
		const current = this.#current();
		const isFull = this.#segment(current).keys.size >= keysPerSegment;
		const number = isFull ? current + 1 : current;
		const segment = this.#segment(number);
		segment.keys.add(key);
		this.#dropOld();
		// The line break comes first. Otherwise, a line truncated by a crash would corrupt the next one.
		const line = `\n${key}`;
		const file = this.#openToAppend(number);
		try {
			writeSync(file, line);
		} finally {
			closeSync(file);
		}
		segment.file ??= { bytes: 0, identity: undefined };
		segment.file.bytes += line.length;
		if (isFull) this.#removeOld(number);
	}

	/** Deletes everything in the folder. */
	async remove(): Promise<void> {
		this.#segments.clear();
		// Another process may be adding a file.
		await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
	}

	#current(): number {
		return Math.max(1, ...this.#segments.keys());
	}

	#segment(number: number): Segment {
		const known = this.#segments.get(number);
		if (known !== undefined) return known;
		const added: Segment = { keys: new Set(), file: undefined };
		this.#segments.set(number, added);
		return added;
	}

	#dropOld(): void {
		const current = this.#current();
		for (const number of this.#segments.keys()) if (number < current - 1) this.#segments.delete(number);
	}

	#removeOld(current: number): void {
		for (const number of numbersIn(readdirSync(this.#folder))) {
			if (number < current - 1) rmSync(this.#fileOf(number), { force: true });
		}
	}

	async #read(number: number): Promise<void> {
		const handle = await openOwn(this.#fileOf(number), O_RDONLY).catch(undefinedIfMissing);
		if (handle === undefined) return;
		try {
			const { size, ino, birthtimeMs } = await handle.stat();
			// The number of a deleted file is soon used again.
			const identity = `${ino} ${birthtimeMs}`;
			const known = this.#segments.get(number)?.file;
			if (known?.bytes === size && known.identity === identity) return;
			const text = await handle.readFile('utf8');
			const segment = this.#segment(number);
			// Another process has removed all files, and begun again.
			if (known?.identity !== undefined && known.identity !== identity) segment.keys.clear();
			for (const key of text.split('\n')) if (key !== '') segment.keys.add(key);
			segment.file = { bytes: Buffer.byteLength(text), identity };
		} finally {
			await handle.close();
		}
	}

	#openToAppend(number: number): number {
		const flags = O_WRONLY | O_APPEND | O_CREAT;
		try {
			return openOwnSync(this.#fileOf(number), flags);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
			mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
			return openOwnSync(this.#fileOf(number), flags);
		}
	}

	#fileOf(number: number): string {
		return join(this.#folder, `${number}.events`);
	}
}

/** In ascending order. */
function numbersIn(names: string[]): number[] {
	return names
		.flatMap((name) => /^(\d+)\.events$/.exec(name)?.[1] ?? [])
		.map(Number)
		.sort((a, b) => a - b);
}
