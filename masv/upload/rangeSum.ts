import type { Hashing, Md5 } from '../hashing';
import { toReadError } from '../transfer/readFailure';
import type { FileStamp, RangeReader, RangeSource } from '../transfer/source';
import { changedError, checkUnchanged, compareStamps } from '../transfer/unchanged';
import type { FileSum } from './fileSum';
import { openSource } from './openSource';
import { pieceBytes } from './slots';

/** How often a file is read if its content may have changed each time. */
const maxReadings = 3;

/** How many reads the upload may be ahead of the sum: a file is not uploaded faster than its MD5 is computed. */
const maxOwed = 8;

/**
 * Hashes a file that is read by range. An MD5 needs the bytes in order, but the parts of a file are read in parallel: what is read
 * at the position of the sum is hashed at once, and each read of a part elsewhere makes the sum advance by one piece, which is read
 * for it. Thus it stays among the parts in flight, whose content the system still has in its cache: the disk reads it once.
 */
export function createRangeSum(source: RangeSource, hashing: Pick<Hashing, 'md5'>): FileSum<RangeSource> {
	let md5: Md5 = hashing.md5();
	let hex: string | undefined;
	/** Hashed until here. */
	let position = 0;
	/** Read until here by the upload. */
	let readTo = 0;
	/** How often the file was to be hashed. */
	let readings = 1;
	/** The file as it was opened, and its state before anything was hashed. */
	let reader: RangeReader | undefined;
	let stamp: FileStamp | undefined;
	/** Whether the upload has closed what it has opened: it stays open until the sum is finished. */
	let isKept = false;
	let buffer: Uint8Array | undefined;
	let following: Promise<void> | undefined;
	/** How many pieces are still to be hashed because of reads of the upload. */
	let owed = 0;
	let isReleased = false;
	let isFinishing = false;

	const beginAnew = (now: FileStamp): void => {
		stamp = now;
		md5 = hashing.md5();
		hex = undefined;
		position = 0;
	};
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
	/** Another file may have taken the place of the one that was opened before: the sum is of the one that the upload reads now. */
	const openNext = async (opening: Promise<RangeReader>): Promise<RangeReader> => {
		const opened = await opening;
		try {
			const now = await opened.look();
			if (stamp !== undefined && compareStamps(stamp, now) === 'same') return opened;
			await following;
			beginAnew(now);
		} catch (error) {
			opened.close();
			throw error;
		}
		if (isKept) reader?.close();
		isKept = false;
		reader = opened;
		return opened;
	};
	const openAlone = async (): Promise<RangeReader> => {
		const opened = await openNext(openSource(source));
		isKept = true;
		return opened;
	};
	const finish = async (): Promise<string> => {
		isFinishing = true;
		await following;
		const from = reader ?? (await openAlone());
		for (;;) {
			while (position < source.bytes) await readNext(from, source.bytes);
			const before = stamp as FileStamp;
			if ((await checkUnchanged(source, from, before)) === 'same') break;
			if (readings === maxReadings) throw changedError(source, 'its content changed');
			readings++;
			// With the modification time of before: it must not change while the file is read again, either.
			beginAnew({ ...(await from.look()), modified: before.modified });
		}
		isFinishing = false;
		return (hex ??= md5.hex());
	};
	/** What the upload has opened does not name the file in its errors. */
	const rename = (error: unknown): never => {
		throw toReadError(source, error);
	};
	const open = async (): Promise<RangeReader> => {
		const opened = await openNext(source.open());
		const hashed = stamp;
		return {
			read: async (into, at) => {
				const read = await opened.read(into, at);
				// It may be of another state of the file.
				if (hashed !== stamp) return read;
				readTo = Math.max(readTo, at + read);
				take(into.subarray(0, read), at);
				if (position < readTo && !isFinishing) {
					owed++;
					following ??= follow(reader ?? opened);
					if (owed >= maxOwed) await following;
				}
				return read;
			},
			look: async () => await opened.look(),
			close: () => {
				if (opened === reader && !isReleased) isKept = true;
				else opened.close();
			},
		};
	};
	return {
		source: { ...source, open },
		finish: async () => await finish().catch(rename),
		release: () => {
			isReleased = true;
			buffer = undefined;
			reader?.close();
		},
	};
}
