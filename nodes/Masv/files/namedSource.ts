import type { FileSource } from '../../../masv/transfer/source';

/** A source that remembers where it came from, for messages and for finding the same file named twice. */
export type NamedSource = FileSource & { origin: string; location?: string };

/** A file that one item asks for. */
export interface ItemSource {
	source: NamedSource;
	itemIndex: number;
}

/** Each file on disk once per place in the package: items that all name the same path mean the same file. */
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

/** Only a file on disk can be the same as another: each binary field is a file of its own. */
function fileKey(source: NamedSource): unknown {
	return source.location === undefined ? source : JSON.stringify([source.location, source.path, source.name]);
}
