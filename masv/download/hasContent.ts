import type { Hashing } from '../hashing';
import { sumOf } from './etag';
import type { WholeNote } from './notes';
import { md5OfRange } from './readTarget';
import type { FoundEntry, TargetFolder, TargetPlace } from './target';

/**
 * Whether a file that is there has the content that an earlier run noted. It is read only if something has changed it since.
 * @param note undefined: no checksum is known, so nothing speaks against it. Neither does a file that may not be read
 * @param found has the size that it must have
 * @throws MasvError if it cannot be read, MasvCancelledError
 */
export async function hasContent(
	target: TargetFolder,
	place: TargetPlace,
	found: FoundEntry,
	note: WholeNote | undefined,
	{ hashing, signal }: { hashing: Pick<Hashing, 'md5'>; signal?: AbortSignal },
): Promise<boolean> {
	if (note === undefined || note.stamp === found.stamp) return true;
	const file = await target.openFile(place);
	if (file === undefined) return true;
	try {
		const md5s: string[] = [];
		for (let start = 0; start < found.bytes; start += note.blockBytes) {
			const md5 = await md5OfRange(file, start, Math.min(start + note.blockBytes, found.bytes), hashing, signal);
			// It is shorter than a moment ago.
			if (md5 === undefined) return false;
			md5s.push(md5);
		}
		return sumOf(hashing, md5s, { md5: note.md5, parts: note.parts }) === note.md5;
	} finally {
		file.close();
	}
}
