import type { List } from '../../masv/watch/reads';

export interface Entry {
	id: string;
	created_at?: string;
	state: string;
}

/** Deviations of a server from the documentation or from what one would expect. */
export interface ListHabits {
	/** Returns this order, regardless of the request. */
	order?: 'oldest first' | 'newest first' | 'shuffled';
	ignoresDates?: boolean;
	/** Always returns the first page. */
	ignoresPage?: boolean;
	/** Excludes records dated exactly at the start or the end. */
	excludesEnds?: boolean;
	/** Lists finalized packages only. */
	hidesPending?: boolean;
	/** Records per page, if fewer than requested. */
	pageRecords?: number;
	hidesTotal?: boolean;
	/** A wrong total, depending on the number of records on the page. */
	totalOf?: (pageRecords: number) => number;
}

export interface ListServer {
	entries: Entry[];
	/** Adds an entry and returns it for later changes. */
	add: (id: string, at: number, state?: string) => Entry;
	list: (name?: string) => List<Entry>;
	/** All queries so far. */
	queries: Array<Record<string, unknown> & { page: number }>;
	/** The request with this number throws, where 1 is the next one. */
	failAt: (request: number) => void;
}

/** One of MASV's lists, in memory. */
export function listServer(habits: ListHabits = {}): ListServer {
	const { pageRecords = 50 } = habits;
	const entries: Entry[] = [];
	const queries: ListServer['queries'] = [];
	let failing: number | undefined;
	/** All entries in the order of the last request. Cached, because sorting for each page would be slow. */
	let sorted: Array<{ entry: Entry; at: number }> = [];
	let sortedFor = '';
	const sortAll = (order: string): typeof sorted => {
		if (sortedFor === `${order} ${entries.length}`) return sorted;
		sortedFor = `${order} ${entries.length}`;
		sorted = entries.map((entry) => ({ entry, at: Date.parse(entry.created_at ?? '') }));
		if (order === 'shuffled') return sorted.sort((a, b) => hash(a.entry.id) - hash(b.entry.id));
		sorted.sort((a, b) => a.at - b.at);
		return order === 'newest first' ? sorted.reverse() : sorted;
	};
	const shown = (query: Record<string, unknown>): Entry[] => {
		const start = Date.parse((query.created_at_start as string | undefined) ?? '0001-01-01T00:00:00Z');
		const end = Date.parse((query.created_at_end as string | undefined) ?? '9999-01-01T00:00:00Z');
		const order = habits.order ?? (query.sort === '-created_at' ? 'newest first' : 'oldest first');
		const found = sortAll(order).filter(({ entry, at }) => {
			if (habits.hidesPending === true && entry.state === 'new') return false;
			if (habits.ignoresDates === true || Number.isNaN(at)) return true;
			return habits.excludesEnds === true ? at > start && at < end : at >= start && at <= end;
		});
		return found.map(({ entry }) => entry);
	};
	return {
		entries,
		queries,
		add: (id, at, state = 'finalized') => {
			const entry: Entry = { id, created_at: new Date(at).toISOString(), state };
			entries.push(entry);
			return entry;
		},
		list: (name = 'list') => ({
			name,
			readPage: async (query, page) => {
				await Promise.resolve();
				queries.push({ ...query, page });
				if (failing !== undefined && failing-- === 1) {
					failing = undefined;
					throw new Error('failed half-way');
				}
				const found = shown(query);
				const first = habits.ignoresPage === true ? 0 : (page - 1) * pageRecords;
				const records = found.slice(first, first + pageRecords).map((entry) => ({ ...entry }));
				const total = habits.totalOf?.(records.length) ?? found.length;
				return { total: habits.hidesTotal === true ? undefined : total, records };
			},
		}),
		failAt: (request) => void (failing = request),
	};
}

/** A stable order that is independent of time. */
function hash(text: string): number {
	let value = 7;
	for (const letter of text) value = (Math.imul(value, 31) + letter.charCodeAt(0)) | 0;
	return value;
}
