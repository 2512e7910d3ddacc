import type { FileSource } from '../../../masv/transfer/source';

/** A source, and how the user specified it, for messages: the path as entered, or an item and its field. */
export type NamedSource = FileSource & { describedAs: string };

/** A file that one item specifies, and the item. */
export interface ItemSource {
	source: NamedSource;
	itemIndex: number;
}

/** Removes duplicates: sources with the same content at the same path in the package are one file. */
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

/** Content in an item itself has no location: each of its fields is a separate file. */
function fileKey(source: NamedSource): unknown {
	return source.location === undefined ? source : JSON.stringify([source.location, source.path, source.name]);
}
