import { take } from '../../../masv/pages';

export const paging = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
] as const;

/** All results, or as many as the user wants. Reads no more pages than needed. */
export async function takeWanted<T>(
	items: AsyncIterable<T>,
	input: { returnAll: boolean; limit: number },
): Promise<T[]> {
	return await take(items, input.returnAll ? Infinity : input.limit);
}

/** The same of a list that MASV returns whole. */
export function wantedOf<T>(items: readonly T[], input: { returnAll: boolean; limit: number }): T[] {
	return items.slice(0, input.returnAll ? Infinity : input.limit);
}
