import { z } from 'zod';
import { MasvCancelledError } from '../errors';
import type { Page } from '../pages';
import { maxPageRecords } from '../pages';
import type { Pace } from './pace';
import type { QueryValue } from '../apiCall';

interface ListPage<R> extends Page<R> {
	/** Whether this is the whole list, however long. */
	isWhole?: boolean;
}

/** A list of records on the server. */
export interface List<R> {
	/** Stored in the state, so the same list must have the same name at every poll. */
	name: string;
	/** Undefined: the list does not exist for this key. It may appear, or reappear, later. */
	readPage: (query: Record<string, QueryValue>, page: number) => Promise<ListPage<R> | undefined>;
	/** When the list itself was created, if known: milliseconds, server time. */
	createdAt?: number;
}

/**
 * A part of a list that is to be read, and the progress so far. It continues by page and not by date, so neither the
 * order of a response nor a thousand records of the same millisecond matter. Times in milliseconds.
 */
export const readSchema = z.object({
	list: z.string(),
	/** Bounds of the requested dates, ends included; 0 or absent: open. */
	from: z.number(),
	to: z.number().optional(),
	/** The next page; 0: the bounds are not known yet. */
	page: z.number(),
	/** Records read so far. */
	count: z.number(),
	/** The newest date read so far. */
	newest: z.number(),
	/** What is dated before existed before activation, and is not emitted. */
	emitFrom: z.number(),
	/** Whether it reads what is new, rather than something again. */
	isScan: z.boolean(),
});
export type Read = z.infer<typeof readSchema>;

export interface Reader<R extends { id: string }> {
	lists: ReadonlyArray<List<R>>;
	pace: Pace;
	/** The filters for a read. */
	queryOf: (read: Read) => Record<string, QueryValue>;
	/** Called before the first page if the bounds are not known yet. @returns false if there is no such list */
	prepare: (read: Read, list: List<R>) => Promise<boolean>;
	/** @returns false if there is no time for this record; it will be read again */
	consider: (record: R, read: Read) => Promise<boolean>;
	/** Called when a read is complete; not for a list that does not exist. */
	finish: (read: Read) => void;
	/** Events found so far. */
	foundCount: () => number;
}

/**
 * Runs reads one after the other, as far as the pace allows, and removes them from `reads` when they are done.
 * @throws whatever a request throws; then nothing of this poll may be kept
 */
export async function runReads<R extends { id: string }>(reads: Read[], reader: Reader<R>): Promise<void> {
	const lists = new Map(reader.lists.map((list) => [list.name, list]));
	let knownIds = new Set<string>();
	for (let read = reads[0]; read !== undefined; read = reads[0]) {
		const list = lists.get(read.list);
		if (list === undefined) {
			reads.shift();
			continue;
		}
		if (!reader.pace.hasCapacity(reader.foundCount())) return;
		let outcome: Awaited<ReturnType<typeof continueRead>>;
		try {
			outcome = await continueRead(read, list, knownIds, reader);
			if (outcome === 'no time') return;
			reader.pace.advance();
			if (outcome === 'more') continue;
		} catch (error) {
			// The time is up, and the server is not broken: what has been read counts.
			if (error instanceof MasvCancelledError && reader.pace.hasAdvanced()) return;
			throw error;
		}
		knownIds = new Set();
		reads.shift();
		if (outcome === 'done') reader.finish(read);
	}
}

async function continueRead<R extends { id: string }>(
	read: Read,
	list: List<R>,
	knownIds: Set<string>,
	reader: Reader<R>,
): Promise<'more' | 'done' | 'no time' | 'no list'> {
	if (read.page === 0) {
		if (!(await reader.prepare(read, list))) return 'no list';
		read.page = 1;
		return 'more';
	}
	const response = await list.readPage(reader.queryOf(read), read.page);
	if (response === undefined) return 'no list';
	const { total, records, isWhole = false } = response;
	const fresh = records.filter(({ id }) => !knownIds.has(id));
	for (const record of fresh) if (!(await reader.consider(record, read))) return 'no time';
	for (const { id } of fresh) knownIds.add(id);
	read.count += fresh.length;
	read.page++;
	// Counts what came, as `readPages` does. A server that ignores the page returns nothing new the second time. After a
	// full page the total is not trusted: if it were too low, the rest would be lost. docs/masv-api.md#pages
	const isLast = isWhole || (read.count === total && records.length < maxPageRecords);
	return fresh.length === 0 || isLast ? 'done' : 'more';
}
