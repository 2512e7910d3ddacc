import type { FileSource } from '../../../masv/transfer/source';

/** A source that records where it came from, for messages and to recognize a file that is named twice. */
export type NamedSource = FileSource & { origin: string; location?: string };

/** A file that one item asks for, and the item. */
export interface ItemSource {
	source: NamedSource;
	itemIndex: number;
}

/** Lists each file on disk once per place in the package: items that name the same path mean the same file. */
export function distinctSources(sources: NamedSource[]): NamedSource[] {
	return [...Map.groupBy(sources, fileKey).values()].flatMap(([source]) => source ?? []);
}

/** The same, with the items that ask for each file. */
export function groupByFile(asked: ItemSource[]): Array<{ source: NamedSource; itemIndexes: number[] }> {
	return [...Map.groupBy(asked, ({ source }) => fileKey(source)).values()].map((group) => ({
		source: (group[0] as ItemSource).source,
		itemIndexes: group.map(({ itemIndex }) => itemIndex),
	}));
}

/** Only files on disk can be the same file; every binary field is a file of its own. */
function fileKey(source: NamedSource): unknown {
	return source.location === undefined ? source : JSON.stringify([source.location, source.path, source.name]);
}
