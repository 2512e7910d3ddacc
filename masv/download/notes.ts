import { z } from 'zod';

import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import type { JournalRecord } from '../transfer/journal';
import type { BlockSums } from './blockSums';
import type { PlannedRange } from './rangePlan';

/** The lines of a record. */
const lineSchema = z.discriminatedUnion('kind', [
	/** A file was begun, or begun again. `of` is the name under which its ranges are noted. `hidden`: see `hidesContent`. */
	z.object({
		kind: z.literal('begun'),
		fence: z.number(),
		file: z.string(),
		of: z.string(),
		partial: z.string(),
		etag: z.string(),
		hidden: z.boolean().optional(),
		bytes: z.number(),
	}),
	/** A range is in the partial file, and outlives a power failure. `sums`: the MD5s of its blocks. */
	z.object({
		kind: z.literal('range'),
		of: z.string(),
		start: z.number(),
		end: z.number(),
		sums: z.array(z.tuple([z.number(), z.string().regex(/^[0-9a-f]{32}$/)])).optional(),
	}),
	/** A file has its final name, and its content this checksum. `stamp`: see `FoundEntry`. */
	z.object({
		kind: z.literal('whole'),
		file: z.string(),
		stamp: z.string(),
		md5: z.string().regex(/^[0-9a-f]{32}$/),
		parts: z.number().optional(),
		blockBytes: z.number().positive(),
	}),
]);
export type DownloadLine = z.infer<typeof lineSchema>;

/** What an earlier run noted about a file that it has received. */
export type WholeNote = Extract<DownloadLine, { kind: 'whole' }>;

/** What earlier runs noted about a file. A hint: the partial file, and the storage, must be the same. */
export interface FileNote extends Omit<Extract<DownloadLine, { kind: 'begun' }>, 'kind'> {
	ranges: PlannedRange[];
	sums: BlockSums;
}

/** Both by ID of the file. */
export interface Notes {
	/** Files that were begun. */
	files: Map<string, FileNote>;
	whole: Map<string, WholeNote>;
}

export async function readNotes(lines: readonly unknown[], clock: Pick<Clock, 'sleep'>): Promise<Notes> {
	const { notes, read } = createNoteReader();
	await inTurns(lines, clock, read);
	return notes;
}

/** Lines that are not understood are skipped: they were torn, or written by another version. */
export function createNoteReader(): { notes: Notes; read: (line: unknown) => void } {
	const files = new LongMap<string, FileNote>();
	const whole = new LongMap<string, WholeNote>();
	const begun = new LongMap<string, FileNote>();
	const read = (each: unknown): void => {
		const { data: line } = lineSchema.safeParse(each);
		if (line?.kind === 'begun') {
			const { kind: _, ...rest } = line;
			const note = { ...rest, ranges: [], sums: new Map<number, string>() };
			begun.set(line.of, note);
			// A run that was frozen may write its line after its successor.
			if (line.fence >= (files.get(line.file)?.fence ?? 0)) files.set(line.file, note);
		} else if (line?.kind === 'range') {
			const note = begun.get(line.of);
			if (note === undefined || line.start >= line.end || line.end > note.bytes) return;
			note.ranges.push({ start: line.start, end: line.end });
			for (const [start, md5] of line.sums ?? []) note.sums.set(start, md5);
		} else if (line?.kind === 'whole') {
			// Not the copy that the schema returns: with 100,000 files, both would stay in memory.
			whole.set(line.file, each as WholeNote);
		}
	};
	return { notes: { files, whole }, read };
}

/** What earlier runs noted, and where this run notes. */
export interface DownloadNotebook {
	fence: number;
	files: ReadonlyMap<string, FileNote>;
	write(line: DownloadLine): Promise<void>;
}

/** A notebook that is kept in a record. */
export interface RecordedNotebook extends DownloadNotebook {
	/** By ID of the file, also of this run. */
	whole: ReadonlyMap<string, WholeNote>;
	/** Says about which files this run was not asked: what is noted of them is for another one. */
	leave(files: readonly string[]): void;
	/** Removes what no later run can continue. Checksums of files that are whole are kept. */
	tidy(): Promise<void>;
}

/** @returns undefined without a record: nothing can be resumed */
export async function createNotebook(
	record: JournalRecord | undefined,
	fence: number,
	clock: Pick<Clock, 'sleep'>,
): Promise<RecordedNotebook | undefined> {
	if (record === undefined) return undefined;
	const { files, whole } = await readNotes(record.lines, clock);
	let isNeeded = false;
	return {
		fence,
		files,
		whole,
		write: (line) => {
			if (line.kind === 'whole') whole.set(line.file, line);
			// Nothing rests on it: without it, the next run compares only the size.
			return record.append(line, { unhurried: line.kind === 'whole' });
		},
		leave: (left) => void (isNeeded ||= left.some((file) => files.has(file))),
		tidy: async () => {
			if (isNeeded) return;
			if (whole.size === 0) return await record.remove();
			// Somebody else may have written to it, or the disk is full: everything was received all the same, and what is noted still holds.
			await record.replace?.(whole.values()).catch(() => undefined);
		},
	};
}
