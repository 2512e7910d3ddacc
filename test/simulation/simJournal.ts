import type { Journal } from '../../masv/transfer/journal';
import type { Worker } from './worker';

interface Line {
	text: string;
	/** The worker that may still lose it. */
	unsyncedBy: Worker | undefined;
	syncedAt: number | undefined;
}

/** The lines of one key. A record that was removed stays with those who have it open, as a deleted file does. */
interface RecordFile {
	lines: Line[];
}

/** An error of the file system. */
export function systemError(code: string): Error {
	return Object.assign(new Error(`${code}: simulated`), { code });
}

/** The journal on the disk that the workers share. */
export class JournalDisk {
	readonly records = new Map<string, RecordFile>();
	/** Every line that was ever safe on the disk, also of records that were removed since. */
	readonly synced: Array<{ text: string; at: number }> = [];

	/** Whether a line with this ID became safe until then. */
	knewId(id: string, until: number): boolean {
		return this.knew(`"${id}"`, 0, until);
	}

	/** Whether it became safe until then that MASV has confirmed the file. */
	knewDone(id: string, until: number): boolean {
		const isDone = (text: string): boolean => text.includes('"kind":"done"') && text.includes(`"file":"${id}"`);
		return this.synced.some(({ text, at }) => at <= until && isDone(text));
	}

	/** The last line about a part that became safe until then. `index` counts from 0. */
	lastOfPart(fileId: string, index: number, until: number): string | undefined {
		const start = `{"kind":"part","file":"${fileId}","index":${index},`;
		return this.synced.findLast(({ text, at }) => at <= until && text.startsWith(start))?.text;
	}

	/** Whether it was safe by then that a run would request to finalize the package, and not what became of that. */
	knewOfRequest(packageId: string, until: number): boolean {
		const isAbout = (text: string): boolean =>
			/"kind":"(delivering|incomplete)"/.test(text) && text.includes(`"package":"${packageId}"`);
		const last = this.synced.findLast(({ text, at }) => at <= until && isAbout(text));
		return last?.text.includes('"delivering"') === true;
	}

	/** Whether a line with these texts became safe between two times. */
	knew(text: string, from: number, until: number, more = ''): boolean {
		return this.synced.some(
			(line) => line.at >= from && line.at <= until && line.text.includes(text) && line.text.includes(more),
		);
	}
}

export interface JournalFaults {
	/** What its effects are called: "journal append". Default: `journal` */
	what?: string;
	/** Share of the calls that fail. */
	share: number;
	/** What they fail with. */
	code: string;
	/** @param what failed: `open`, `read`, `append`, … */
	onFault: (what: string) => void;
	onRead: () => void;
	/** A line was written; undefined: the record was removed. */
	onWrite: (text: string | undefined, key: string) => void;
}

/** The journal as one worker sees it. What it appends outlives it; a power failure may take what is not safe on the disk. */
export function simJournal(worker: Worker, disk: JournalDisk, faults: JournalFaults): Journal {
	const { what: noun = 'journal' } = faults;
	const act = async <T>(what: string, effect: () => T): Promise<T> =>
		await worker.act(`${noun} ${what}`, 4, () => {
			if (worker.hasLostJournal || worker.dice.chance(faults.share)) {
				faults.onFault(what);
				worker.note(`${noun}: ${faults.code} at ${what}`);
				throw systemError(faults.code);
			}
			return effect();
		});
	const linesOf = (file: RecordFile | undefined, containing = ''): unknown[] =>
		file?.lines.flatMap(({ text }) => (text.includes(containing) ? [JSON.parse(text) as unknown] : [])) ?? [];
	worker.onDeath((cause) => settleUnsynced(worker, disk, cause === 'loses power'));
	return {
		readAll: async (prefix, containing) =>
			await act('read', () => {
				faults.onRead();
				const found = [...disk.records].filter(([key]) => key.startsWith(prefix)).sort(byKey);
				worker.note(`journal: reads ${prefix.slice(0, 6)}, ${found.length} record(s)`);
				return new Map(found.map(([key, file]) => [key, linesOf(file, containing)]));
			}),
		open: async (key) => {
			let file = await act('open', () => {
				faults.onRead();
				const known = disk.records.get(key);
				worker.note(`journal: opens ${key.slice(0, 6)}, ${known?.lines.length ?? 0} lines`);
				return known;
			});
			const lines = linesOf(file);
			/** How many lines this one knows. */
			let known = lines.length;
			/** Why nothing more can be written. */
			let failure: Error | undefined;
			let last: Promise<void> = Promise.resolve();
			/** One after another, in the order of the calls. */
			const inOrder = async (step: () => Promise<void>): Promise<void> => {
				const done = last.then(step);
				last = done.catch(() => undefined);
				await done;
			};
			const write = (text: string, isDurable: boolean): void => {
				const now = disk.records.get(key);
				// Somebody else has deleted the file that is open here.
				if (file !== undefined && now !== file) throw systemError('ENOENT');
				file = now ?? { lines: [] };
				disk.records.set(key, file);
				writeLine(worker, disk, file, text, isDurable);
				known++;
				faults.onWrite(text, key);
			};
			return {
				lines,
				append: async (line, { durable = false } = {}) => {
					const text = JSON.stringify(line);
					await inOrder(async () => {
						if (failure !== undefined) throw failure;
						await act('append', () => write(text, durable)).catch((error: Error) => {
							failure = error;
							throw error;
						});
					});
				},
				replace: async (replacement) => {
					const texts = [...replacement].map((line) => JSON.stringify(line));
					await inOrder(async () => {
						if (failure !== undefined) throw failure;
						await act('replace', () => {
							const now = disk.records.get(key);
							if (now !== file || (now?.lines.length ?? 0) !== known) throw systemError('ENOENT');
							file = { lines: [] };
							known = texts.length;
							disk.records.set(key, file);
							for (const text of texts) {
								writeLine(worker, disk, file, text, true);
								faults.onWrite(text, key);
							}
						});
					});
				},
				remove: async () => {
					await inOrder(async () => {
						await act('remove', () => {
							disk.records.delete(key);
							faults.onWrite(undefined, key);
							worker.note(`journal: removes ${key.slice(0, 6)}`);
						});
						file = undefined;
						known = 0;
						failure = undefined;
					});
				},
				close: async () => {
					await inOrder(async () => await act('close', () => undefined));
					failure ??= new Error('The record is closed');
				},
			};
		},
	};
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
	return a < b ? -1 : 1;
}

function writeLine(worker: Worker, disk: JournalDisk, file: RecordFile, text: string, isDurable: boolean): void {
	const line: Line = { text, unsyncedBy: worker, syncedAt: undefined };
	file.lines.push(line);
	worker.note(`journal: ${text.length > 110 ? `${text.slice(0, 110)}…` : text}`);
	const sync = (): void => {
		for (const earlier of file.lines.slice(0, file.lines.indexOf(line) + 1)) {
			if (earlier.unsyncedBy !== worker) continue;
			earlier.unsyncedBy = undefined;
			disk.synced.push({ text: earlier.text, at: worker.timeline.nowMs });
		}
	};
	if (isDurable) sync();
	else worker.after(worker.dice.between(1, 60), sync);
}

/** The last lines of a worker get lost, or none; one that was cut in two is not readable and thus lost as well. */
function settleUnsynced(worker: Worker, disk: JournalDisk, mayLose: boolean): void {
	for (const file of disk.records.values()) {
		const unsynced = file.lines.filter(({ unsyncedBy }) => unsyncedBy === worker);
		const kept = mayLose ? worker.dice.int(0, unsynced.length) : unsynced.length;
		const lost = new Set(unsynced.slice(kept));
		if (lost.size > 0) worker.note(`journal: ${lost.size} line(s) never reach the disk`);
		file.lines = file.lines.filter((line) => !lost.has(line));
		for (const line of unsynced.slice(0, kept)) {
			line.unsyncedBy = undefined;
			disk.synced.push({ text: line.text, at: worker.timeline.nowMs });
		}
	}
}
