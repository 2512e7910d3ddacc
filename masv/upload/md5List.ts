import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { toMd5Line } from '../transfer/md5Lines';
import { checkFileName, labelOf, placeOf } from '../transfer/places';
import type { FileSource, RangeReader, RangeSource } from '../transfer/source';
import { untilAborted } from '../untilAborted';
import { mapParallel } from '../workers';
import { createFileSums } from './fileSums';
import { whileWanted } from './openOnDisk';
import type { SendRequest } from './sendRequest';
import type { UploadedFile } from './uploadedFile';

/** A list of the MD5s of all files of a package, which is its last file. */
export interface Md5List {
	/** Its size is known from the places of the files. It can be read once it is filled. */
	source: RangeSource;
	/**
	 * Makes the content. A file of which nobody knows the MD5 is read.
	 * @param files all files of the package, without the list
	 */
	fill(files: Iterable<UploadedFile>): Promise<void>;
}

/** A request with the list that is asked for, if any. */
export interface ListedRequest extends SendRequest {
	list?: Md5List;
}

const unknownMd5 = '0'.repeat(32);

/** Each of them waits for its disk most of the time, or for the processor. */
const filesAtOnce = 4;

/**
 * @param name of the list, in the root of the package
 * @param sources the other files of the package
 * @throws MasvInputError `place_taken` if one of them has this name, `file_name_invalid`
 */
export function createMd5List(client: MasvClient, name: string, sources: readonly FileSource[]): Md5List {
	checkFileName(name, 'md5List');
	const place = placeOf({ name, path: '' });
	if (sources.some((source) => placeOf(source) === place || placeOf(source).startsWith(`${place}/`))) {
		throw new MasvInputError(`"${name}" is the name of the MD5 list, but one of the files to send has it, too`, {
			code: 'place_taken',
			field: 'md5List',
			hint: 'Choose another name for the list.',
		});
	}
	const sorted = [...sources].sort((a, b) => compare(labelOf(a), labelOf(b)));
	const encoder = new TextEncoder();
	const lineOf = (source: FileSource, md5: string): Uint8Array =>
		encoder.encode(toMd5Line({ md5, path: labelOf(source) }));
	const bytes = sorted.reduce((sum, source) => sum + lineOf(source, unknownMd5).length, 0);
	const facts = { name, path: '', bytes, ...timesOf(client, sources, bytes) };
	let content: Uint8Array | undefined;
	return {
		source: {
			...facts,
			kind: 'range',
			// It is looked at before it is filled: whether it has changed is known from the files.
			open: async (): Promise<RangeReader> => {
				const read: RangeReader['read'] = async (into, position) => {
					if (content === undefined) throw new Error('The list of MD5s is read before it is filled');
					const piece = content.subarray(position, position + into.length);
					into.set(piece);
					return await Promise.resolve(piece.length);
				};
				return await Promise.resolve({ read, look: () => Promise.resolve(facts.stamp), close: () => undefined });
			},
		},
		fill: async (files) => {
			const known = new Map([...files].map((file) => [placeOf(file), file.md5]));
			const md5s = await mapParallel(
				sorted,
				filesAtOnce,
				async (source, signal) => known.get(placeOf(source)) ?? (await readMd5(client, source, signal)),
				client.signal,
			);
			content = new Uint8Array(bytes);
			let end = 0;
			for (const [index, source] of sorted.entries()) {
				const line = lineOf(source, md5s[index] ?? unknownMd5);
				content.set(line, end);
				end += line.length;
			}
		},
	};
}

/** By code point, as `LC_ALL=C sort` does it, and not by the units of UTF-16. */
function compare(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let at = 0; at < length; at++) {
		const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
		if (left !== right) return orderOf(left) - orderOf(right);
	}
	return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after all other units. */
function orderOf(unit: number): number {
	return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

async function readMd5({ hashing }: MasvClient, source: FileSource, signal: AbortSignal): Promise<string> {
	const sums = createFileSums(hashing);
	const followed = sums.follow(whileWanted(untilAborted(signal), source));
	try {
		return await sums.finish(followed);
	} finally {
		sums.release(followed);
	}
}

/**
 * The list has changed if one of the files has: a later run then compares it with what an earlier one sent. Device and inode are left
 * out, because they differ when a share is mounted again.
 */
function timesOf(
	{ hashing }: MasvClient,
	sources: readonly FileSource[],
	bytes: number,
): Pick<RangeSource, 'modifiedAt'> & { stamp: NonNullable<RangeSource['stamp']> } {
	const latest = sources.reduce((most, { modifiedAt }) => Math.max(most, modifiedAt.getTime()), 0);
	const states = sources.map((source) => [
		placeOf(source),
		source.location,
		source.bytes,
		source.stamp?.modified,
		source.stamp?.changed,
	]);
	const changed = BigInt(`0x${hashing.sha256(JSON.stringify(states)).slice(0, 16)}`).toString();
	return {
		modifiedAt: new Date(latest),
		stamp: { bytes, modified: `${latest}000000`, changed, device: '0', inode: '0' },
	};
}
