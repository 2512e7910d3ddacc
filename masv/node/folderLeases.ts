import { open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

import type { Clock } from '../clock';
import type { Lease, LeaseRefusal, Leases, TakeOptions } from '../transfer/lease';

export interface LeaseTimes {
	/** Pause between two signs of life. Milliseconds. */
	beatMs: number;
	/** A holder that gave none for so long, while it was watched, is taken for dead. Milliseconds. */
	silenceMs: number;
}

/** A few signs of life may be lost to a busy process or a slow network disk before its lease is. */
export const defaultLeaseTimes: LeaseTimes = { beatMs: 5_000, silenceMs: 30_000 };

/** How often a holder is looked at while it is watched. */
const looksPerSilence = 10;

/** What stands in the file of a generation. Written as a whole by its holder, who alone writes to it. */
interface Sign {
	holder: string;
	/** Another number in each sign of life. */
	beat: number;
	released: boolean;
}

/**
 * Leases in a folder, which several processes and machines may share. Each holder of a key has a file of its own,
 * `<key>.<generation>.lease`; the highest generation holds the lease. It relies on nothing but exclusive creation (`O_EXCL`):
 * a generation is taken over by creating the next one, so of several who want it exactly one succeeds, and nothing is ever
 * renamed or taken out of somebody's hands. A holder that wakes up late finds a higher generation than its own.
 */
export function folderLeases(folder: string, clock: Clock, times: LeaseTimes = defaultLeaseTimes): Leases {
	return {
		take: async (key, options = {}) => {
			const place = new Place(folder, key);
			for (;;) {
				const highest = await place.highest();
				if (highest > 0) {
					const state = await watch(place, highest, clock, times, options);
					if (state === 'held') return 'held' satisfies LeaseRefusal;
					if (state === 'gone') continue;
				}
				const lease = await begin(place, highest + 1, clock, times);
				if (lease !== undefined) return lease;
				// Somebody else was first.
			}
		},
	};
}

/** The files of one key. */
class Place {
	readonly #folder: string;
	readonly #key: string;

	constructor(folder: string, key: string) {
		this.#folder = folder;
		this.#key = key;
	}

	fileOf(generation: number): string {
		return join(this.#folder, `${this.#key}.${generation}.lease`);
	}

	async generations(): Promise<number[]> {
		const start = `${this.#key}.`;
		const names = (await readdir(this.#folder)).filter((name) => name.startsWith(start) && name.endsWith('.lease'));
		return names.map((name) => Number(name.slice(start.length, -'.lease'.length))).filter(Number.isInteger);
	}

	async highest(): Promise<number> {
		return Math.max(0, ...(await this.generations()));
	}
}

/**
 * Watches the holder of a generation.
 * @returns `held`: it gave a sign of life. `free`: it gave none, or has released the lease. `gone`: there is no such
 * generation any more, because somebody has taken over
 */
async function watch(
	place: Place,
	generation: number,
	clock: Clock,
	{ silenceMs }: LeaseTimes,
	{ signal, onWait }: TakeOptions,
): Promise<'held' | 'free' | 'gone'> {
	const first = await readSign(place.fileOf(generation));
	if (first === undefined) return 'gone';
	if (isReleased(first)) return 'free';
	onWait?.();
	// Counted in looks and not by a clock: a clock that is set forward must not make a holder look dead.
	for (let look = 0; look < looksPerSilence; look++) {
		await clock.sleep(silenceMs / looksPerSilence, signal);
		const now = await readSign(place.fileOf(generation));
		if (now === undefined) return 'gone';
		if (isReleased(now)) return 'free';
		if (now !== first) return 'held';
	}
	return 'free';
}

/** The text of a sign; empty when its writer died before it had written anything. Undefined: there is no file. */
async function readSign(file: string): Promise<string | undefined> {
	let handle: FileHandle;
	try {
		handle = await open(file, 'r');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
	try {
		return await handle.readFile('utf8');
	} finally {
		await handle.close();
	}
}

function isReleased(sign: string): boolean {
	return sign.includes('"released":true');
}

/** Becomes the holder of a generation. Undefined: somebody else is, or was before. */
async function begin(
	place: Place,
	generation: number,
	clock: Clock,
	{ beatMs }: LeaseTimes,
): Promise<Lease | undefined> {
	const file = place.fileOf(generation);
	const sign: Sign = { holder: randomUUID(), beat: 0, released: false };
	let handle: FileHandle;
	try {
		handle = await open(file, 'wx', 0o600);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
		throw error;
	}
	try {
		await handle.writeFile(JSON.stringify(sign));
	} catch (error) {
		await rm(file, { force: true }).catch(() => undefined);
		throw error;
	} finally {
		await handle.close();
	}
	// Whoever listed the folder long ago may create a generation that was there and is gone since.
	if ((await place.highest()) > generation) {
		await rm(file, { force: true });
		return undefined;
	}
	for (const former of await place.generations()) {
		if (former < generation) await rm(place.fileOf(former), { force: true }).catch(() => undefined);
	}
	const isHeld = async (): Promise<boolean> => {
		const now = await readSign(file);
		return now?.includes(sign.holder) === true && (await place.highest()) === generation;
	};
	/** Writes to the file only while it is there: a holder that was taken over must not bring it back. */
	const write = async (): Promise<void> => {
		const own = await open(file, 'r+');
		try {
			const text = Buffer.from(JSON.stringify(sign));
			await own.write(text, 0, text.length, 0);
			await own.truncate(text.length);
		} finally {
			await own.close();
		}
	};
	const heart = new AbortController();
	void beat(clock, beatMs, heart.signal, async () => {
		sign.beat++;
		await write();
	});
	return {
		fence: generation,
		isHeld,
		release: async () => {
			heart.abort();
			// A sign of life that is being written at this moment, or hangs, says the same from now on.
			sign.released = true;
			await write().catch(() => undefined);
		},
	};
}

/** Gives signs of life until told to stop. One that fails costs nothing; if all do, the lease is lost, and isHeld tells. */
async function beat(clock: Clock, everyMs: number, signal: AbortSignal, give: () => Promise<void>): Promise<void> {
	while (!signal.aborted) {
		await clock.sleep(everyMs, signal).catch(() => undefined);
		if (!signal.aborted) await give().catch(() => undefined);
	}
}
