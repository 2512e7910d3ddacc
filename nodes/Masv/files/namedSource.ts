import type { FileSource } from '../../../masv/transfer/source';

/** A source that records where it came from, for messages and to recognize a file that is named twice. */
export type NamedSource = FileSource & { origin: string; location?: string };

/** A file that one item specifies, and the item. */
export interface ItemSource {
	source: NamedSource;
	itemIndex: number;
}

/** Removes duplicates: items that specify the same path on disk and in the package refer to the same file. */
export function distinctSources(sources: NamedSource[]): NamedSource[] {
	return [...Map.groupBy(sources, fileKey).values()].flatMap(([source]) => source ?? []);
}

/** The same, with the items that specify each file. */
export function groupByFile(requested: ItemSource[]): Array<{ source: NamedSource; itemIndexes: number[] }> {
	return [...Map.groupBy(requested, ({ source }) => fileKey(source)).values()].map((group) => ({
		source: (group[0] as ItemSource).source,
		itemIndexes: group.map(({ itemIndex }) => itemIndex),
	}));
}

/** Only files on disk can be identical; every binary field is a separate file. */
function fileKey(source: NamedSource): unknown {
	return source.location === undefined ? source : JSON.stringify([source.location, source.path, source.name]);
}
