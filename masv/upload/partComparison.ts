import type { Hashing } from '../hashing';
import { startChecksum } from '../transfer/checksum';
import type { PartNote } from './partNote';
import { md5OfEtag } from './partNote';

/** Compares the content of a stored part with content that arrives piece by piece. */
export interface PartComparison {
	update(piece: Uint8Array): void;
	/** The note with the checksum that was compared. Undefined if the content differs, or there is nothing to compare. */
	finish(): PartNote | undefined;
}

/** Whether a part can be compared at all. */
export function isComparable({ etag, md5, crc32 }: PartNote): boolean {
	return (md5 ?? crc32 ?? md5OfEtag(etag)) !== undefined;
}

export function startComparison(hashing: Hashing, note: PartNote): PartComparison {
	if (!isComparable(note)) return { update: () => undefined, finish: () => undefined };
	const md5 = note.md5 ?? (note.crc32 === undefined ? md5OfEtag(note.etag) : undefined);
	const checksum = startChecksum(hashing, md5 === undefined ? 'crc32' : 'md5');
	return {
		update: (piece) => checksum.update(piece),
		finish: () => {
			const now = checksum.finish();
			const isSame = md5 === undefined ? now.crc32 === note.crc32 : now.md5 === md5;
			return isSame ? { ...note, ...now } : undefined;
		},
	};
}
