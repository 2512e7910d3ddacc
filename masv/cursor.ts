import { z } from 'zod';

const text = z.string().min(1).optional().catch(undefined);

/** Names that APIs commonly have for it: MASV's documentation mentions cursors, but shows none. docs/masv-api.md#pages */
const cursorSchema = z.looseObject({ next_cursor: text, nextCursor: text, next: text });

/**
 * The cursor of the next page, from a page or its metadata. A URL counts for the cursor in its query; anything else in it could
 * lead anywhere.
 * @returns undefined if there is none, as in every list that MASV documents
 */
export function nextCursorIn(page: { metadata?: unknown }): string | undefined {
	for (const place of [page.metadata, page]) {
		const { next_cursor, nextCursor, next } = cursorSchema.safeParse(place).data ?? {};
		const found = next_cursor ?? nextCursor ?? next;
		const cursor = found?.includes('?') === true ? new URLSearchParams(found.split('?')[1]).get('cursor') : found;
		if (cursor !== null && cursor !== undefined && cursor !== '') return cursor;
	}
	return undefined;
}
