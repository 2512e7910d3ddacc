import type { Hashing, Md5 } from '../hashing';
import { toReadError } from '../transfer/readFailure';
import type { FileStamp, RangeReader, RangeSource } from '../transfer/source';
import { changedError, compareStamps } from '../transfer/unchanged';
import type { FileSum } from './fileSum';
import { openSource } from './openSource';
import { pieceBytes } from './slots';

/** How often a file is read again of which it is not sure that its content has stayed the same. */
const maxReadings = 3;

/** As many reads of the upload may be ahead of those that follow them: the upload of a file is not faster than its MD5. */
const maxOwed = 8;

/**
 * Hashes a file that is read by range. An MD5 needs the bytes in order, but the parts of a file are read in parallel: what is read
 * at the position of the sum is hashed at once, and each read of a part elsewhere draws the sum on by one piece, which is read
 * for it. Thus it stays among the parts in flight, whose content the system still has in its cache: the disk reads it once.
 */
export function createRangeSum(source: RangeSource, hashing: Pick<Hashing, 'md5'>): FileSum<RangeSource> {
	let md5: Md5 = hashing.md5();
	/** Hashed until here. */
	let position = 0;
	/** Read until here by the upload. */
	let readTo = 0;
	let reader: RangeReader | undefined;
	let stamp: FileStamp | undefined;
	let buffer: Uint8Array | undefined;
	let following: Promise<void> | undefined;
	/** How many pieces the reads of the upload have drawn it on. */
	let owed = 0;
	let isReleased = false;
	let result: Promise<string> | undefined;

	/** Hashes what is new of a piece. */
	const take = (piece: Uint8Array, at: number): void => {
		if (at > position || at + piece.length <= position) return;
		md5.update(piece.subarray(position - at));
		position = at + piece.length;
	};
	const readNext = async (from: RangeReader, end: number): Promise<void> => {
		buffer ??= new Uint8Array(pieceBytes);
		const at = position;
		const into = buffer.subarray(0, Math.min(pieceBytes, end - at));
		const read = await from.read(into, at);
		if (read === 0) throw changedError(source, `it ended after ${at} of ${source.bytes} bytes`);
		take(into.subarray(0, read), at);
	};
	const follow = async (from: RangeReader): Promise<void> => {
		try {
			for (; owed > 0 && position < readTo && !isReleased; owed--) await readNext(from, readTo);
		} catch {
			// The upload finds out, or `finish`.
		}
		owed = 0;
		following = undefined;
	};
	/** The one that stays open until the sum is finished. */
	const openFirst = async (opening: Promise<RangeReader>): Promise<RangeReader> => {
		const opened = await opening;
		try {
			stamp ??= await opened.look();
		} catch (error) {
			opened.close();
			throw error;
		}
		reader ??= opened;
		return opened;
	};
	const readRest = async (from: RangeReader): Promise<void> => {
		while (position < source.bytes) await readNext(from, source.bytes);
	};
	const finish = async (): Promise<string> => {
		await following;
		const from = reader ?? (await openFirst(openSource(source)));
		await readRest(from);
		for (let readings = 1; ; readings++) {
			const before = stamp as FileStamp;
			stamp = await from.look();
			const comparison = compareStamps(before, stamp);
			if (comparison === 'same') return md5.hex();
			if (comparison !== 'unsure' || readings === maxReadings) throw changedError(source, 'its content changed');
			md5 = hashing.md5();
			position = 0;
			await readRest(from);
		}
	};
	/** What the upload has opened does not name the file in its errors. */
	const rename = (error: unknown): never => {
		throw toReadError(source, error);
	};
	const open = async (): Promise<RangeReader> => {
		const opened = await openFirst(source.open());
		return {
			read: async (into, at) => {
				const read = await opened.read(into, at);
				readTo = Math.max(readTo, at + read);
				take(into.subarray(0, read), at);
				if (position < readTo && result === undefined) {
					owed++;
					following ??= follow(reader ?? opened);
					if (owed >= maxOwed) await following;
				}
				return read;
			},
			look: async () => await opened.look(),
			close: () => {
				if (opened !== reader || isReleased) opened.close();
			},
		};
	};
	return {
		source: { ...source, open },
		finish: async () => await (result ??= finish().catch(rename)),
		release: () => {
			isReleased = true;
			buffer = undefined;
			reader?.close();
		},
	};
}
