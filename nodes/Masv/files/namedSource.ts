import type { Clock } from '../../../masv/clock';
import { inTurns } from '../../../masv/inTurns';
import { LongMap, LongSet } from '../../../masv/longCollections';
import type { FileFacts, FileSource, FileStamp, RangeSource } from '../../../masv/transfer/source';

/** A source, and how the user specified it, for messages: the path as entered, or an item and its field. */
export type NamedSource = FileSource & { describedAs: string };

/** A file on disk. */
export type DiskSource = RangeSource & { describedAs: string; location: string; stamp: FileStamp };

/** A file that one item specifies, and the item. */
export interface ItemSource {
	source: NamedSource;
	itemIndex: number;
}

/** Removes duplicates: sources with the same content at the same path in the package are one file. */
export async function distinctSources<S extends FileIdentity>(
	sources: readonly S[],
	clock: Pick<Clock, 'sleep'>,
): Promise<S[]> {
	const seen = new LongSet<unknown>();
	const distinct: S[] = [];
	await inTurns(sources, clock, (source) => {
		const key = fileKey(source);
		if (seen.has(key)) return;
		seen.add(key);
		distinct.push(source);
	});
	return distinct;
}

/** The same, with the items that specify each file. */
export function groupByFile(requested: ItemSource[]): Array<{ source: NamedSource; itemIndexes: number[] }> {
	const files = new LongMap<unknown, { source: NamedSource; itemIndexes: number[] }>();
	for (const { source, itemIndex } of requested) {
		const key = fileKey(source);
		const known = files.get(key);
		if (known === undefined) files.set(key, { source, itemIndexes: [itemIndex] });
		else known.itemIndexes.push(itemIndex);
	}
	return [...files.values()];
}

type FileIdentity = Pick<FileFacts, 'location' | 'path' | 'name'>;

/** Without a location, each source is a separate file. No path contains a null character. */
function fileKey(source: FileIdentity): unknown {
	const { location, path, name } = source;
	return location === undefined ? source : `${location}\0${path}\0${name}`;
}
