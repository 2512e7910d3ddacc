import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { inTurns, sortInTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import { memoryReader } from '../transfer/bufferSource';
import type { Md5Line } from '../transfer/md5Lines';
import { toMd5Line } from '../transfer/md5Lines';
import { checkFileName, labelOf, placeOf } from '../transfer/places';
import type { FileSource, RangeSource } from '../transfer/source';
import { changedError, checkUnchanged } from '../transfer/unchanged';
import { untilAborted } from '../untilAborted';
import { forEachParallel } from '../workers';
import { createFileSums } from './fileSums';
import { whileWanted } from './openOnDisk';
import { openSource } from './openSource';
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

/** A file, and its path as the list has it. */
interface Listed {
	source: FileSource;
	path: string;
}

/**
 * @param name of the list, in the root of the package
 * @param sources the other files of the package
 * @throws MasvInputError `place_taken` if one of them has this name, `file_name_invalid`
 */
export async function createMd5List(
	client: MasvClient,
	name: string,
	sources: readonly FileSource[],
): Promise<Md5List> {
	const { clock } = client;
	checkFileName(name, 'md5List');
	const place = placeOf({ name, path: '' });
	const listed: Listed[] = [];
	let bytes = 0;
	let latest = 0;
	await inTurns(sources, clock, (source) => {
		const sourcePlace = placeOf(source);
		if (sourcePlace === place || sourcePlace.startsWith(`${place}/`)) throw takenError(name);
		const path = labelOf(source);
		listed.push({ source, path });
		bytes += encode({ path, md5: unknownMd5 }).length;
		latest = Math.max(latest, source.modifiedAt.getTime());
	});
	const sorted = await sortInTurns(listed, clock, (a, b) => compare(a.path, b.path));
	const stamp = {
		bytes,
		modified: `${latest}000000`,
		changed: await changeOf(client, sources),
		device: '0',
		inode: '0',
	};
	let content: Uint8Array | undefined;
	const filled = (): Uint8Array => {
		if (content === undefined) throw new Error('The list of MD5s is read before it is filled');
		return content;
	};
	return {
		source: {
			...{ name, path: '', bytes, modifiedAt: new Date(latest), stamp },
			kind: 'range',
			// It is looked at before it is filled: whether it has changed is known from the files.
			open: () => Promise.resolve(memoryReader(filled, stamp)),
		},
		fill: async (files) => {
			const md5s = new LongMap<string, string | undefined>();
			await inTurns(files, clock, (file) => void md5s.set(placeOf(file), file.md5));
			const unread: FileSource[] = [];
			await inTurns(sorted, clock, ({ source }) => {
				if (md5s.get(placeOf(source)) === undefined) unread.push(source);
			});
			const read = async (source: FileSource, signal: AbortSignal): Promise<void> =>
				void md5s.set(placeOf(source), await readMd5(client, source, signal));
			await forEachParallel(unread, filesAtOnce, read, client.signal);
			const lines = new Uint8Array(bytes);
			let end = 0;
			await inTurns(sorted, clock, ({ source, path }) => {
				const line = encode({ path, md5: md5s.get(placeOf(source)) ?? unknownMd5 });
				lines.set(line, end);
				end += line.length;
			});
			content = lines;
		},
	};
}

function takenError(name: string): MasvInputError {
	return new MasvInputError(`"${name}" is the name of the MD5 list, but one of the files to send has it, too`, {
		code: 'place_taken',
		field: 'md5List',
		hint: 'Choose another name for the list.',
	});
}

const encoder = new TextEncoder();

function encode(line: Md5Line): Uint8Array {
	return encoder.encode(toMd5Line(line));
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

/** @throws MasvTransferError `file_changed` if the file may not be what was sent: nobody compares it with that any more */
async function readMd5({ hashing }: MasvClient, source: FileSource, signal: AbortSignal): Promise<string> {
	const sums = createFileSums(hashing);
	const followed = sums.follow(whileWanted(untilAborted(signal), source));
	try {
		const md5 = await sums.finish(followed);
		if (followed.kind === 'range') await checkSameAsPlanned(followed);
		return md5;
	} finally {
		sums.release(followed);
	}
}

async function checkSameAsPlanned(source: RangeSource): Promise<void> {
	const reader = await openSource(source);
	try {
		const comparison = await checkUnchanged(source, reader);
		if (comparison !== 'same') throw changedError(source, 'another program may have written to it');
	} finally {
		reader.close();
	}
}

/**
 * When the list was last changed, for its stamp: another number if one of the files has changed, so that a later run compares it with
 * what an earlier one sent. Device and inode are left out, because they differ when a share is mounted again.
 */
async function changeOf(client: MasvClient, sources: readonly FileSource[]): Promise<string> {
	const toFact = (source: FileSource): unknown => {
		const { location, bytes, stamp } = source;
		return [placeOf(source), location, bytes, stamp?.modified, stamp?.changed];
	};
	const key = await client.listKey(['md5 list'], sources, toFact);
	return BigInt(`0x${key.slice(0, 16)}`).toString();
}
