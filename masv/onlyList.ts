import { z } from 'zod';

import { listSchema } from './schemas';

/** An ID in a response whose form is not documented. */
export const idSchema = z.union([z.string().min(1), z.number().transform(String)]);

/**
 * A list whose response is not documented: one of the documented forms, or an object whose only array is the list, because
 * the key of the list is not known.
 */
export function onlyListSchema<T extends z.ZodType>(record: T) {
	return z.preprocess(toListForm, listSchema(record));
}

function toListForm(response: unknown): unknown {
	if (typeof response !== 'object' || response === null || Array.isArray(response) || 'records' in response)
		return response;
	// `errors` is how MASV rejects a request.
	const lists = Object.entries(response).filter(([key, value]) => key !== 'errors' && Array.isArray(value));
	return lists.length === 1 ? { ...response, records: lists[0]?.[1] as unknown } : response;
}
