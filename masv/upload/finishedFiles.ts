import type { MasvClient } from '../client';
import { inTurns } from '../inTurns';
import type { Journal, JournalRecord } from '../transfer/journal';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { mapParallel } from '../workers';
import { mergeLines } from './mergeLines';
import { finishedLines, readNotes } from './notes';

/** As many hexadecimal digits tell records apart: 256 for a package with any number of files. */
const digits = 2;

/** How many records are open at the same time. */
const recordsAtOnce = 16;

/** What ended deliveries have finished in a package: a few records for any number of deliveries, by the places of the files. */
export class FinishedFiles {
	readonly #client: MasvClient;
	readonly #journal: Journal;
	readonly #prefix: string;

	constructor(client: MasvClient, journal: Journal, packageId: string) {
		this.#client = client;
		this.#journal = journal;
		this.#prefix = client.recordKey(['finished', packageId]);
	}

	/** The lines about the places of these files, and about some others. @returns undefined if they cannot be read */
	async read(sources: readonly FileSource[]): Promise<Array<readonly unknown[]> | undefined> {
		const keys = await this.#byRecord(sources, placeOf);
		const records = await mapParallel([...keys.keys()], recordsAtOnce, async (key) => {
			const record = await this.#journal.open(key);
			await record.close();
			return record.hasFailed?.() === true ? undefined : record.lines;
		});
		return records.every((lines) => lines !== undefined) ? records : undefined;
	}

	/**
	 * Adds what deliveries that ended have noted about these places. Only one run at a time may do this.
	 * @returns whether it outlives a power failure. Otherwise, some of it may have been added
	 */
	async add(records: Array<readonly unknown[]>, places: ReadonlySet<string>): Promise<boolean> {
		const { clock } = this.#client;
		const keys = [...(await this.#byRecord(places, (place) => place)).keys()];
		const known = new Map<string, JournalRecord>();
		try {
			await mapParallel(keys, recordsAtOnce, async (key) => void known.set(key, await this.#journal.open(key)));
			const finished = [...known.values()].map(({ lines }) => lines);
			const { lines } = await mergeLines([...finished, ...records], clock);
			const { files } = await readNotes(lines, clock);
			const all = [...files.values()].filter(({ isRemoved }) => !isRemoved);
			const kept = await this.#byRecord(all, ({ place }) => place);
			const added = await mapParallel([...known], recordsAtOnce, async ([key, record]) => {
				return await replace(record, kept.get(key)?.flatMap(finishedLines) ?? []);
			});
			return added.every((isAdded) => isAdded);
		} finally {
			await Promise.all([...known.values()].map(async (record) => await record.close()));
		}
	}

	/** By the record that what is at its place belongs to. */
	async #byRecord<T>(items: Iterable<T>, toPlace: (item: T) => string): Promise<Map<string, T[]>> {
		const byKey = new Map<string, T[]>();
		await inTurns(items, this.#client.clock, (item) => {
			const key = `${this.#prefix}-${this.#client.recordKey(['place', toPlace(item)]).slice(0, digits)}`;
			const others = byKey.get(key);
			if (others === undefined) byKey.set(key, [item]);
			else others.push(item);
		});
		return byKey;
	}
}

async function replace(record: JournalRecord, lines: object[]): Promise<boolean> {
	if (record.hasFailed?.() === true) return false;
	if (lines.length === 0 && record.lines.length === 0) return true;
	try {
		await record.replace?.(lines);
	} catch {
		// Somebody else has taken over the turn, or the disk is full. The record is as it was.
		return false;
	}
	return record.replace !== undefined;
}
