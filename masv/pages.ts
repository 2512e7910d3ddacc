import type { z } from 'zod';

import type { MasvClient } from './client';
import { listSchema } from './schemas';
import type { ApiCall, QueryValue } from './apiCall';

/** MASV's maximum page size: docs/masv-api.md#pages */
export const maxPageRecords = 50;

export interface ListCall<T extends z.ZodType> {
	operation: string;
	path: string;
	query?: Record<string, QueryValue>;
	record: T;
	/** Decodes a page. Default: the two documented forms. */
	page?: z.ZodType<Page<z.output<T>>>;
	policy?: ApiCall<unknown>['policy'];
}

export interface Page<R> {
	/** Across all pages; undefined if the server does not report it. */
	total: number | undefined;
	records: R[];
	/** Of the next page, on a server that counts pages in another way than MASV documents. */
	cursor?: string;
}

function pageSchemaOf<T extends z.ZodType>({ page, record }: ListCall<T>): z.ZodType<Page<z.output<T>>> {
	return page ?? listSchema(record);
}

/** One page of a list; the first is 1. @param limit records per page, at most {@link maxPageRecords} */
export async function readPage<T extends z.ZodType>(
	client: MasvClient,
	call: ListCall<T>,
	page: number,
	limit = maxPageRecords,
): Promise<Page<z.output<T>>> {
	return await client.call({
		operation: call.operation,
		method: 'GET',
		path: call.path,
		query: { ...call.query, page, limit },
		schema: pageSchemaOf(call),
		policy: call.policy,
	});
}

/**
 * All records of a paged list, each ID once. If the list shrinks while it is read, the records after those that were removed
 * move forward, past the start of the next page. So each page overlaps with what has been read, and if it begins with
 * something new, the page before it is read again. Ends at the total, or when there is nothing new. docs/masv-api.md#pages
 */
export async function* readPages<T extends z.ZodType<{ id: string }>>(
	client: MasvClient,
	call: ListCall<T>,
): AsyncGenerator<z.output<T>> {
	const seen = new Set<string>();
	/** Records per page, if the server returns fewer than requested. */
	let size = maxPageRecords;
	/** The position up to which the list is known, and the furthest that was read. */
	let [position, furthest] = [0, 0];
	let seenAtStepBack = -1;
	for (;;) {
		const { page, limit } = windowAt(position, size);
		const start = (page - 1) * limit;
		const { total, records, cursor } = await readPage(client, call, page, limit);
		const isConnected = page === 1 || (records[0] !== undefined && seen.has(records[0].id));
		const fresh = records.filter((record) => !seen.has(record.id));
		for (const record of fresh) {
			seen.add(record.id);
			yield record;
		}
		const end = start + records.length;
		if (page === 1 && cursor !== undefined) {
			yield* readFromCursor(client, call, cursor, seen);
			return;
		}
		// A total of exactly one full page may be the number of records on the page, and a bare array tells no total.
		const isTotalSure = page > 1 || records.length !== limit;
		if (isConnected && end === total && isTotalSure) return;
		if (page > 1 && records.length > limit) {
			yield* readNumbered(client, call, page + 1, seen);
			return;
		}
		if (page === 1 && records.length > 0) size = Math.min(size, records.length);
		const shouldStepBack = !isConnected && seen.size > seenAtStepBack;
		if (!shouldStepBack && fresh.length === 0 && (end > furthest || end <= position)) return;
		if (shouldStepBack) seenAtStepBack = seen.size;
		position = shouldStepBack ? Math.max(0, start - size) : end;
		furthest = Math.max(furthest, end);
	}
}

/** A page may be empty although more follow; a server that ignores cursors but returns new ones would never end. */
const maxPagesWithoutNews = 20;

/**
 * The remaining pages of a server that returns a cursor. Ends without one, with one that was there before, or when there is
 * nothing new for many pages.
 */
async function* readFromCursor<T extends z.ZodType<{ id: string }>>(
	client: MasvClient,
	call: ListCall<T>,
	first: string,
	seen: Set<string>,
): AsyncGenerator<z.output<T>> {
	const used = new Set<string>();
	let withoutNews = 0;
	for (let next: string | undefined = first; next !== undefined && !used.has(next);) {
		if (withoutNews >= maxPagesWithoutNews) return;
		used.add(next);
		withoutNews++;
		const page: Page<z.output<T>> = await client.call({
			...call,
			method: 'GET',
			query: { ...call.query, cursor: next, limit: maxPageRecords },
			schema: pageSchemaOf(call),
		});
		for (const record of page.records) {
			if (seen.has(record.id)) continue;
			seen.add(record.id);
			withoutNews = 0;
			yield record;
		}
		next = page.cursor;
	}
}

/** The remaining pages of a server that ignores `limit`, which therefore cannot overlap. */
async function* readNumbered<T extends z.ZodType<{ id: string }>>(
	client: MasvClient,
	call: ListCall<T>,
	firstPage: number,
	seen: Set<string>,
): AsyncGenerator<z.output<T>> {
	for (let page = firstPage; ; page++) {
		const { total, records } = await readPage(client, call, page);
		const fresh = records.filter((record) => !seen.has(record.id));
		for (const record of fresh) {
			seen.add(record.id);
			yield record;
		}
		if (fresh.length === 0 || seen.size === total) return;
	}
}

/**
 * The page that contains the record before `position` and reaches farthest behind it. MASV counts in pages, so pages overlap
 * only if their size changes.
 */
function windowAt(position: number, size: number): { page: number; limit: number } {
	let best = { page: Math.floor(position / size) + 1, limit: size };
	let farthest = position;
	for (let limit = size; limit > size / 2; limit--) {
		const page = Math.floor(Math.max(0, position - 1) / limit) + 1;
		if (page * limit > farthest) [best, farthest] = [{ page, limit }, page * limit];
	}
	return best;
}

/** The first `limit` items. Stops reading as soon as they have been read. */
export async function take<T>(items: AsyncIterable<T>, limit: number): Promise<T[]> {
	const taken: T[] = [];
	if (limit <= 0) return taken;
	for await (const item of items) {
		taken.push(item);
		if (taken.length >= limit) break;
	}
	return taken;
}
