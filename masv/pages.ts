import type { z } from 'zod';

import type { MasvClient } from './client';
import { listSchema } from './schemas';
import type { ApiCall, QueryValue } from './apiCall';

/** The most that MASV gives in one page (MASV docs, Packages and Portals, `limit`). */
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
	/** Of all pages, as far as the server tells. */
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
 * All records of a paged list, page after page, each id once: a list that grows while it is read shifts, and shows the
 * end of one page again at the start of the next. The first page is 1 (MASV docs; the `page=0` of two examples is not
 * followed). Ends when a page is empty, brings nothing new, or exactly the total has come: a smaller one is wrong.
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
		// Counted by what came, not by page numbers: a server may give fewer records a page than it was asked for.
		if (fresh.length === 0 || seen.size === total) return;
	}
}

/** The first `limit` items. Stops reading as soon as it has them. */
export async function take<T>(items: AsyncIterable<T>, limit: number): Promise<T[]> {
	const taken: T[] = [];
	if (limit <= 0) return taken;
	for await (const item of items) {
		taken.push(item);
		if (taken.length >= limit) break;
	}
	return taken;
}
