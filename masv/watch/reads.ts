import { z } from 'zod';
import { MasvCancelledError } from '../errors';
import type { Page } from '../pages';
import { maxPageRecords } from '../pages';
import type { Pace } from './pace';
import type { QueryValue } from '../apiCall';

export interface ListPage<R> extends Page<R> {
	/** It is all that there is, however long. */
	isWhole?: boolean;
}

/** A list on the server. */
export interface List<R> {
	/** Stands in the state: the same list has the same name at every poll. */
	name: string;
	/** Undefined: there is no such list for this key. It may come, or come back. */
	readPage: (query: Record<string, QueryValue>, page: number) => Promise<ListPage<R> | undefined>;
	/** When the list itself came to be, as far as that is known: milliseconds, server time. */
	createdAt?: number;
}

/**
 * A part of a list that is to be read, and how far that has come. It goes on by page and not by date, so that neither the
 * order of the answer nor a thousand records of the same millisecond matter. Times in milliseconds.
 */
export const readSchema = z.object({
	list: z.string(),
	/** Bounds of the dates that are asked for, ends included; 0 and absent: open. */
	from: z.number(),
	to: z.number().optional(),
	/** The next page; 0: nothing has been asked yet, not even what the bounds should be. */
	page: z.number(),
	/** Records that came so far. */
	count: z.number(),
	/** Newest date that came so far. */
	newest: z.number(),
	/** What is dated before was there before activation. */
	emitFrom: z.number(),
	/** Whether everything since the last time is read, rather than something again. */
	isScan: z.boolean(),
});
export type Read = z.infer<typeof readSchema>;

export interface Reader<R extends { id: string }> {
	lists: ReadonlyArray<List<R>>;
	pace: Pace;
	/** What to ask for. */
	queryOf: (read: Read) => Record<string, QueryValue>;
	/** Before the first page, when the bounds are not known yet. @returns false: there is no such list */
	prepare: (read: Read, list: List<R>) => Promise<boolean>;
	/** @returns false: no time for this one; it will come again */
	consider: (record: R, read: Read) => Promise<boolean>;
	/** Told when all of it was read; not of a list that is not there. */
	finish: (read: Read) => void;
	/** How many events were found so far. */
	found: () => number;
}

/**
 * Works reads off one after the other, as far as the pace allows. What is left of them stays in `reads`.
 * @throws whatever a request throws; then nothing of this poll may be kept
 */
export async function workOff<R extends { id: string }>(reads: Read[], reader: Reader<R>): Promise<void> {
	const lists = new Map(reader.lists.map((list) => [list.name, list]));
	let met = new Set<string>();
	for (let read = reads[0]; read !== undefined; read = reads[0]) {
		const list = lists.get(read.list);
		if (list === undefined) {
			reads.shift();
			continue;
		}
		if (!reader.pace.goesOn(reader.found())) return;
		let outcome: Awaited<ReturnType<typeof readOn>>;
		try {
			outcome = await readOn(read, list, met, reader);
			if (outcome === 'no time') return;
			reader.pace.advance();
			if (outcome === 'more') continue;
		} catch (error) {
			// The time is up and not the server broken: what was read until now counts.
			if (error instanceof MasvCancelledError && reader.pace.hasAdvanced()) return;
			throw error;
		}
		met = new Set();
		reads.shift();
		if (outcome === 'done') reader.finish(read);
	}
}

async function readOn<R extends { id: string }>(
	read: Read,
	list: List<R>,
	met: Set<string>,
	reader: Reader<R>,
): Promise<'more' | 'done' | 'no time' | 'no list'> {
	if (read.page === 0) {
		if (!(await reader.prepare(read, list))) return 'no list';
		read.page = 1;
		return 'more';
	}
	const answer = await list.readPage(reader.queryOf(read), read.page);
	if (answer === undefined) return 'no list';
	const { total, records, isWhole = false } = answer;
	const fresh = records.filter(({ id }) => !met.has(id));
	for (const record of fresh) if (!(await reader.consider(record, read))) return 'no time';
	for (const { id } of fresh) met.add(id);
	read.count += fresh.length;
	read.page++;
	// Counted by what came, as in `readPages`. A server that ignores the page gives nothing new at the second one. After a
	// full page no total is relied upon: should it be wrong, what is behind the page would be lost.
	const isLast = isWhole || (read.count === total && records.length < maxPageRecords);
	return fresh.length === 0 || isLast ? 'done' : 'more';
}

/** Milliseconds of an ISO date; undefined for what is none, MASV's "no date" (`0001-01-01`) among it. */
export function toTime(date: unknown): number | undefined {
	const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
	return at > 0 ? at : undefined;
}

/** For a query; undefined for a bound that is open. */
export function toDate(time: number | undefined): string | undefined {
	return time === undefined || time <= 0 ? undefined : new Date(time).toISOString();
}
