import type { Hashing } from '../hashing';
import type { CheckableFile, CheckableFiles } from './checkMd5Lists';
import { maxListBytes } from './checkMd5Lists';
import { isMd5List } from './md5Lists';
import { pathOf } from './planReceive';
import type { PackageEntry } from './selectFiles';

/** Watches the content of files on its way to their readers: nobody can read it again. */
export interface StreamWatch {
	/** The same content, whose MD5 is known once it has been read. The content of lists is kept, too, if there is room. */
	watch(entry: PackageEntry, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
	/** What was received. @param left paths of the files that were not */
	received(entries: readonly PackageEntry[], left: readonly string[]): CheckableFiles<CheckableFile>;
}

export function watchStreams(hashing: Hashing): StreamWatch {
	const md5s = new Map<string, string>();
	const lists = new Map<string, Uint8Array>();
	/** What may still be kept of lists: a package may have any number of them. */
	let leftBytes = maxListBytes;
	return {
		async *watch({ id, name }, pieces) {
			const md5 = hashing.md5();
			let kept: Uint8Array[] | undefined = isMd5List(name) ? [] : undefined;
			let bytes = 0;
			for await (const piece of pieces) {
				md5.update(piece);
				if (kept !== undefined && piece.length <= leftBytes) {
					kept.push(new Uint8Array(piece));
					bytes += piece.length;
					leftBytes -= piece.length;
				} else if (kept !== undefined) {
					kept = undefined;
					leftBytes += bytes;
				}
				yield piece;
			}
			md5s.set(id, md5.hex());
			if (kept !== undefined) lists.set(id, joined(kept, bytes));
		},
		received: (entries, left) => ({
			there: entries.map((entry) => ({ path: pathOf(entry), entry })),
			left,
			read: async ({ entry }) => await Promise.resolve(lists.get(entry.id)),
			md5Of: async ({ entry }) => await Promise.resolve(md5s.get(entry.id)),
		}),
	};
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
	const all = new Uint8Array(bytes);
	let end = 0;
	for (const piece of pieces) {
		all.set(piece, end);
		end += piece.length;
	}
	return all;
}
