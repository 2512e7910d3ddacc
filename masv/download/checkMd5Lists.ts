import type { MasvClient } from '../client';
import { formatBytes } from '../formatBytes';
import { groupInTurns, inTurns } from '../inTurns';
import { printable } from '../transfer/places';
import { forEachParallel } from '../workers';
import type { Md5Check } from './md5Check';
import { createFindings, describeCheck } from './md5Check';
import type { ListedMd5s } from './md5Lists';
import { addList, isMd5List, noMd5s, placeKey } from './md5Lists';
import type { PackageEntry } from './selectFiles';

/** A file that was received. */
export interface CheckableFile {
	path: string;
	entry: PackageEntry;
}

/** What was received of a package. */
export interface CheckableFiles<F extends CheckableFile> {
	there: Iterable<F>;
	/** Paths of the files that were not received. */
	left: Iterable<string>;
	/** All of a file. @returns undefined if it has more than so many bytes, or cannot be read */
	read: (file: F, maxBytes: number) => Promise<Uint8Array | undefined>;
	/** @returns `gone` if there is no file any more; undefined if it cannot be read */
	md5Of: (file: F) => Promise<string | 'gone' | undefined>;
}

/** All lists of a package together: what they say is in memory. */
export const maxListBytes = 64 * 1024 * 1024;

/** Each of them waits for its disk most of the time, or for the processor. */
const filesAtOnce = 4;

/**
 * Checks what was received of a package against the lists of MD5s that are among its files. Changes nothing, whatever is found.
 * @param maxNames see {@link createFindings}
 * @param onWarning told what a person should do
 * @throws MasvCancelledError; MasvError if a disk fails
 */
export async function checkMd5Lists<F extends CheckableFile>(
	client: MasvClient,
	received: CheckableFiles<F>,
	onWarning: (text: string) => void,
	maxNames?: number,
): Promise<Md5Check> {
	const { clock, signal } = client;
	const files = await groupInTurns(received.there, clock, ({ path }) => placeKey(path));
	const findings = createFindings(maxNames);
	const { check, fail, miss, unlist } = findings;
	const listed = await readLists(client, received, files, check, onWarning);
	const isList = new Set(check.lists.map(placeKey));
	const left = new Set([...received.left].map(placeKey));
	const toCompare: Array<[F[], string]> = [];
	// A list may have a million lines, whatever is in the package.
	await inTurns(listed.byPlace, clock, ([key, md5]) => {
		const there = files.get(key);
		if (isList.has(key)) return;
		if (there !== undefined) toCompare.push([there, md5]);
		else if (left.has(key)) check.not_received++;
		else miss(key);
	});
	const compare = async ([there, md5]: [F[], string]): Promise<void> => {
		const [{ path }] = there as [F];
		const contradicting = listed.contradicting.get(placeKey(path));
		let other: string | null = null;
		for (const file of there) {
			const found = await received.md5Of(file);
			if (found === 'gone') return miss(path);
			other = found ?? null;
			if (found === md5 && contradicting === undefined) {
				check.verified++;
				return;
			}
		}
		fail(path, [md5, ...(contradicting ?? [])].find((each) => each !== other) ?? md5, other);
	};
	await forEachParallel(toCompare, filesAtOnce, compare, signal);
	for (const path of listed.outside) miss(path);
	for (const [key, there] of files) {
		if (listed.byPlace.has(key) || isList.has(key)) continue;
		if (there.some(({ entry }) => !entry.isArchive)) unlist(there[0]?.path ?? key);
	}
	check.failed_files.sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const text of describeCheck(check)) onWarning(text);
	return check;
}

/** Reads the lists that are among the files. */
async function readLists<F extends CheckableFile>(
	{ clock }: MasvClient,
	{ read }: CheckableFiles<F>,
	files: ReadonlyMap<string, F[]>,
	check: Md5Check,
	onWarning: (text: string) => void,
): Promise<ListedMd5s> {
	const listed = noMd5s();
	const lists = [...files.values()].flat().filter(({ entry }) => isMd5List(entry.name));
	let leftBytes = maxListBytes;
	for (const list of lists) {
		const { path } = list;
		const content = await read(list, leftBytes);
		if (content === undefined) {
			onWarning(
				`"${printable(path)}" was not checked: it cannot be read, or all lists together have more than ${formatBytes(maxListBytes)}.`,
			);
			continue;
		}
		leftBytes -= content.length;
		check.lists.push(path);
		await addList(listed, decode(content), path.split('/').slice(0, -1).join('/'), (key) => files.has(key), clock);
	}
	check.unknown_lines = listed.strangeLines;
	return listed;
}

/** What Windows PowerShell writes to a file is UTF-16, and begins with a byte order mark. */
function decode(content: Uint8Array): string {
	const [first, second] = content;
	const isLittleEndian = first === 0xff && second === 0xfe;
	const isBigEndian = first === 0xfe && second === 0xff;
	const encoding = isLittleEndian ? 'utf-16le' : isBigEndian ? 'utf-16be' : 'utf-8';
	return new TextDecoder(encoding, { ignoreBOM: true }).decode(content);
}
