import type { FileSource, RangeReader, RangeSource } from '../transfer/source';
import { openThrough, readThrough, streamThrough } from '../transfer/through';
import type { UntilAborted } from '../untilAborted';

/** The same source, whose disk or store may hang. @param wait as for {@link openOnDisk} */
export function whileWanted(wait: UntilAborted, source: RangeSource): RangeSource;
export function whileWanted(wait: UntilAborted, source: FileSource): FileSource;
export function whileWanted(wait: UntilAborted, source: FileSource): FileSource {
	return source.kind === 'stream'
		? { ...source, open: async () => streamThrough(wait, await openThrough(wait, source.open())) }
		: { ...source, open: async () => await openOnDisk(wait, source) };
}

/** Opens a file whose disk may hang. @param wait for each call, which goes on if nobody waits for it any more */
export async function openOnDisk(wait: UntilAborted, source: RangeSource): Promise<RangeReader> {
	return readThrough(wait, await openThrough(wait, source.open()));
}
