import type { Found } from '../found';
import type { List } from '../reads';

/** How many pages of each list are searched for a test event. */
const maxTestPages = 4;

/** The record with the highest rank on the first pages of all lists. Records without a rank do not count. */
export async function findHighest<R extends { id: string }>(
	lists: ReadonlyArray<List<R>>,
	query: Parameters<List<R>['readPage']>[0],
	rankOf: (record: R) => number | undefined,
): Promise<Found<R> | undefined> {
	let highest: Found<R> | undefined;
	for (const { name, readPage } of lists) {
		for (let page = 1; page <= maxTestPages; page++) {
			const records = (await readPage(query, page))?.records ?? [];
			const ranked = records.flatMap((record): Array<Found<R>> => {
				const rank = rankOf(record);
				return rank === undefined ? [] : [{ key: record.id, at: rank, list: name, record }];
			});
			for (const found of ranked) if (highest === undefined || found.at > highest.at) highest = found;
			if (ranked.length > 0 || records.length === 0) break;
		}
	}
	return highest;
}
