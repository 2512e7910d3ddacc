import { z } from 'zod';

import type { JournalRecord } from '../transfer/journal';
import type { BlockSums } from './blockSums';
import type { PlannedRange } from './rangePlan';

/** The lines of a record. */
const lineSchema = z.discriminatedUnion('kind', [
	/** A file was begun, or begun again. `of` is the name under which its ranges are noted. */
	z.object({
		kind: z.literal('begun'),
		fence: z.number(),
		file: z.string(),
		of: z.string(),
		partial: z.string(),
		etag: z.string(),
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
]);
export type DownloadLine = z.infer<typeof lineSchema>;

/** What earlier runs noted about a file. A hint: the partial file, and the storage, must be the same. */
export interface FileNote extends Omit<Extract<DownloadLine, { kind: 'begun' }>, 'kind'> {
	ranges: PlannedRange[];
	sums: BlockSums;
}

/** By ID of the file. Lines that are not understood are skipped: they were torn, or written by another version. */
export function readNotes(lines: readonly unknown[]): Map<string, FileNote> {
	const files = new Map<string, FileNote>();
	const begun = new Map<string, FileNote>();
	for (const each of lines) {
		const { data: line } = lineSchema.safeParse(each);
		if (line?.kind === 'begun') {
			const { kind: _, ...rest } = line;
			const note = { ...rest, ranges: [], sums: new Map<number, string>() };
			begun.set(line.of, note);
			// A run that was frozen may write its line after its successor.
			if (line.fence >= (files.get(line.file)?.fence ?? 0)) files.set(line.file, note);
		} else if (line?.kind === 'range') {
			const note = begun.get(line.of);
			if (note === undefined || line.start >= line.end || line.end > note.bytes) continue;
			note.ranges.push({ start: line.start, end: line.end });
			for (const [start, md5] of line.sums ?? []) note.sums.set(start, md5);
		}
	}
	return files;
}

/** What earlier runs noted, and where this run notes. */
export interface DownloadNotebook {
	fence: number;
	files: ReadonlyMap<string, FileNote>;
	write(line: DownloadLine): Promise<void>;
}

/** @returns undefined without a record: nothing can be resumed */
export function createNotebook(record: JournalRecord | undefined, fence: number): DownloadNotebook | undefined {
	if (record === undefined) return undefined;
	return {
		fence,
		files: readNotes(record.lines),
		write: async (line) => await record.append(line),
	};
}
