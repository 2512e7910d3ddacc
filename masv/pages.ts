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
	/** Records wanted per page, at most {@link maxPageRecords}. */
	pageRecords?: number;
	policy?: ApiCall<unknown>['policy'];
}

export interface Page<R> {
	/** Across all pages; undefined if the server does not report it. */
	total: number | undefined;
	records: R[];
}

/** One page of a list; the first is 1. */
export async function readPage<T extends z.ZodType>(
	client: MasvClient,
	call: ListCall<T>,
	page: number,
): Promise<Page<z.output<T>>> {
	return await client.call({
		operation: call.operation,
		method: 'GET',
		path: call.path,
		query: { ...call.query, page, limit: Math.min(call.pageRecords ?? maxPageRecords, maxPageRecords) },
		schema: listSchema(call.record),
		policy: call.policy,
	});
}

/**
 * All records of a paged list, each ID once: if the list grows while it is read, the end of one page is repeated at the
 * start of the next. Ends when a page is empty or contains nothing new, or when exactly `total` records have been read.
 * docs/masv-api.md#pages
 */
export async function* readPages<T extends z.ZodType<{ id: string }>>(
	client: MasvClient,
	call: ListCall<T>,
): AsyncGenerator<z.output<T>> {
	const seen = new Set<string>();
	for (let page = 1; ; page++) {
		const { total, records } = await readPage(client, call, page);
		const fresh = records.filter((record) => !seen.has(record.id));
		for (const record of fresh) {
			seen.add(record.id);
			yield record;
		}
		// Counts records, not pages: a server may return fewer records per page than requested.
		if (fresh.length === 0 || seen.size === total) return;
	}
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
