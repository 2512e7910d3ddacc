import { invalid } from '../model/errors.ts';

/** MASV docs, Packages and Portals, query parameters: "Records per page, 1–50. Default: 50". */
const maxLimit = 50;

export interface ListRules<Item> {
	/** Accepted sort fields and the value to sort by. */
	sortBy: Record<string, (item: Item) => string | number | boolean>;
	/** Applies without `sort`. The docs name no default; the samples look sorted newest first. */
	defaultSort: string;
	/** Number of the first page. The Teamspaces tutorial counts from 0, everything else from 1. */
	firstPage?: 0 | 1;
}

/** One page of the sorted items in the format of the v1.1 lists: `{metadata: {total}, records}`. */
export function pageOf<Item, View>(
	items: Item[],
	query: URLSearchParams,
	rules: ListRules<Item>,
	view: (item: Item) => View,
): { metadata: { total: number }; records: View[] } {
	const firstPage = rules.firstPage ?? 1;
	const page = integerParam(query, 'page') ?? firstPage;
	const limit = integerParam(query, 'limit') ?? maxLimit;
	// The text says "Default: 1", but two samples send page=0 (docs/masv-api.md#pages). So 0 is not an error: it returns
	// the first page, and a client that counts from 0 reads that page twice.
	if (page < 0) throw invalid('page', 'page must be 1 or greater');
	if (limit < 1 || limit > maxLimit) throw invalid('limit', `limit must be between 1 and ${maxLimit}`);
	const start = Math.max(page - firstPage, 0) * limit;
	const sorted = sortItems(items, query.get('sort') ?? rules.defaultSort, rules.sortBy);
	return { metadata: { total: items.length }, records: sorted.slice(start, start + limit).map(view) };
}

function sortItems<Item>(items: Item[], sort: string, sortBy: ListRules<Item>['sortBy']): Item[] {
	const descending = sort.startsWith('-');
	const field = descending ? sort.slice(1) : sort;
	const valueOf = Object.hasOwn(sortBy, field) ? sortBy[field] : undefined;
	if (valueOf === undefined) throw invalid('sort', `sort must be one of ${Object.keys(sortBy).join(', ')}`);
	const ascending = items.toSorted((a, b) => (valueOf(a) < valueOf(b) ? -1 : valueOf(a) > valueOf(b) ? 1 : 0));
	return descending ? ascending.reverse() : ascending;
}

/** A comma-separated list. A repeated parameter does not filter at all (docs/masv-api.md#filters). */
export function listParam(query: URLSearchParams, name: string): string[] | undefined {
	const values = query.getAll(name);
	const [only] = values;
	if (values.length !== 1 || only === undefined || only === '') return undefined;
	return only.split(',').map((value) => value.trim());
}

/** An ISO 8601 date as ms since the epoch. */
export function dateParam(query: URLSearchParams, name: string): number | undefined {
	const text = query.get(name);
	if (text === null || text === '') return undefined;
	const ms = Date.parse(text);
	if (Number.isNaN(ms)) throw invalid(name, `${name} must be an ISO 8601 date`);
	return ms;
}

export function booleanParam(query: URLSearchParams, name: string): boolean | undefined {
	const text = query.get(name);
	if (text === null || text === '') return undefined;
	if (text === 'true' || text === '1') return true;
	if (text === 'false' || text === '0') return false;
	throw invalid(name, `${name} must be true or false`);
}

export function integerParam(query: URLSearchParams, name: string): number | undefined {
	const text = query.get(name);
	if (text === null || text === '') return undefined;
	if (!/^-?\d+$/.test(text)) throw invalid(name, `${name} must be an integer`);
	return Number(text);
}

/** "Substring match" (MASV docs, Packages). The docs do not mention case; it is ignored, as in a search box. */
export function includesText(text: string, part: string | null): boolean {
	return part === null || part === '' || text.toLowerCase().includes(part.toLowerCase());
}

/** Whether an ISO date lies in a span, both ends included; a missing end is open. */
export function isWithin(date: string, start: number | undefined, end: number | undefined): boolean {
	const ms = Date.parse(date);
	return (start === undefined || ms >= start) && (end === undefined || ms <= end);
}
