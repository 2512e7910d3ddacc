import type { LedgerFile } from '../../../masv/sync/ledgerLines';
import type { FileSource, FileStamp, RangeReader } from '../../../masv/transfer/source';
import { compareStamps } from '../../../masv/transfer/unchanged';
import { Dice } from '../dice';
import { epochMs } from '../simClock';
import { systemError } from '../simJournal';
import type { Timeline } from '../timeline';
import type { Worker } from '../worker';

/** A file, whatever it is called. */
export interface SyncInode {
	number: number;
	device: number;
	content: Uint8Array;
	/** Nanoseconds since the epoch. No two versions have the same, unless somebody sets it back. */
	modified: bigint;
	changedMs: number;
}

/** What was at a place for a while. Times since the start of the history. */
export interface PlacedVersion {
	location: string;
	content: Uint8Array;
	modified: string;
	from: number;
	/** Infinity if it is still there. */
	until: number;
}

/** The folder of a job: places and what is there. Everything that was ever there is kept for the judge. */
export class SyncFolder {
	readonly files = new Map<string, SyncInode>();
	readonly versions: PlacedVersion[] = [];
	readonly #timeline: Timeline;
	#made = 0;

	constructor(timeline: Timeline) {
		this.#timeline = timeline;
	}

	/** Puts a file, or nothing, at a place, and notes that. */
	place(location: string, inode: SyncInode | undefined): void {
		const { nowMs } = this.#timeline;
		const before = this.versions.findLast((version) => version.location === location);
		if (before?.until === Infinity) before.until = nowMs;
		if (inode === undefined) {
			this.files.delete(location);
			return;
		}
		this.files.set(location, inode);
		const { content } = inode;
		this.versions.push({ location, content, modified: String(inode.modified), from: nowMs, until: Infinity });
	}

	/** @param ageMs how old the file says it is; negative: from the future */
	create(bytes: number, ageMs: number): SyncInode {
		const number = this.newNumber();
		return {
			number,
			device: 1,
			content: contentOf(bytes, number),
			modified: this.newTime(ageMs),
			changedMs: this.nowMs,
		};
	}

	newNumber(): number {
		return ++this.#made;
	}

	/** Milliseconds since the epoch. */
	get nowMs(): number {
		return Math.round(epochMs + this.#timeline.nowMs);
	}

	newTime(ageMs: number): bigint {
		return BigInt(this.nowMs - ageMs) * 1_000_000n + BigInt(++this.#made);
	}

	newContent(bytes: number): Uint8Array {
		return contentOf(bytes, ++this.#made);
	}

	/** Takes the place of a file, as somebody sees it in the list: one look after another, while others change the folder. */
	async list(worker: Worker): Promise<LedgerFile[]> {
		const places = await worker.act('list folder', 20, () => [...this.files.keys()].sort());
		const found: LedgerFile[] = [];
		for (const location of places) {
			const inode = await worker.act('look', 2, () => copyOf(this.files.get(location)));
			if (inode !== undefined) found.push({ location, ...placeIn(location), ...stampOf(inode) });
		}
		return found;
	}

	/** As `plannedSource` of the nodes. */
	toSource(worker: Worker, { location, path, name, ...stamp }: LedgerFile): FileSource {
		const { bytes, modified } = stamp;
		const modifiedAt = new Date(Number(BigInt(modified) / 1_000_000n));
		return { kind: 'range', path, name, location, bytes, modifiedAt, stamp, open: () => this.#open(worker, location) };
	}

	/** Like a descriptor, the reader stays with the file, whatever takes its place. */
	async #open(worker: Worker, location: string): Promise<RangeReader> {
		const inode = await worker.act('open', 2, () => {
			const there = this.files.get(location);
			if (there === undefined) throw systemError('ENOENT');
			return there;
		});
		return {
			read: async (into, position) =>
				await worker.act('read', 3, () => {
					const piece = inode.content.subarray(position, position + into.length);
					into.set(piece);
					return piece.length;
				}),
			look: async () => await worker.act('look', 2, () => stampOf(inode)),
			close: () => undefined,
		};
	}

	/** Whether a file is still where it was. */
	async isThere(worker: Worker, { location, device, inode }: LedgerFile): Promise<boolean> {
		return await worker.act('look', 2, () => {
			const there = this.files.get(location);
			return there !== undefined && stampOf(there).inode === inode && stampOf(there).device === device;
		});
	}

	/**
	 * Deletes or moves a file that is the one that was sent, as `clearFile` does.
	 * @param onClear called right before
	 */
	async clear(
		worker: Worker,
		file: LedgerFile,
		onClear: (inode: SyncInode) => void,
	): Promise<{ reason: string; isFinal: boolean } | undefined> {
		return await worker.act('clear file', 5, () => {
			const there = this.files.get(file.location);
			if (there === undefined) return undefined;
			if (compareStamps(file, stampOf(there)) !== 'same') return { reason: 'it has changed', isFinal: true };
			if (worker.dice.chance(0.05)) return { reason: 'EACCES', isFinal: false };
			onClear(there);
			worker.note(`clears "${file.location}"`);
			this.place(file.location, undefined);
			return undefined;
		});
	}
}

export const root = '/media/in/';

/** The place of a file in a package. */
export function placeIn(location: string): { path: string; name: string } {
	const segments = location.slice('/media/'.length).split('/');
	return { path: segments.slice(0, -1).join('/'), name: segments.at(-1) as string };
}

function stampOf({ content, modified, changedMs, device, number }: SyncInode): FileStamp {
	return {
		bytes: content.length,
		modified: String(modified),
		changed: `${changedMs}000000`,
		device: String(device),
		inode: String(number),
		// No number is used again.
		born: String(number),
	};
}

function copyOf(inode: SyncInode | undefined): SyncInode | undefined {
	return inode && { ...inode };
}

const contents = new Map<string, Uint8Array>();

/** Bytes that no other version contains. Histories share them. */
function contentOf(length: number, seed: number): Uint8Array {
	const key = `${length} ${seed}`;
	const known = contents.get(key);
	if (known !== undefined) return known;
	const dice = new Dice(seed);
	const content = Uint8Array.from({ length }, () => dice.int(0, 255));
	contents.set(key, content);
	return content;
}
