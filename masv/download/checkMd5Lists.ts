import type { MasvClient } from '../client';
import { formatBytes } from '../formatBytes';
import { inTurns } from '../inTurns';
import { isSentFile } from '../packages/files';
import { printable } from '../transfer/places';
import { forEachParallel } from '../workers';
import type { EntryResults } from './downloadEntries';
import { md5Of, readWhole } from './readTarget';
import type { Md5Check } from './md5Check';
import { createFindings, describeCheck } from './md5Check';
import type { ListedMd5s } from './md5Lists';
import { addList, isMd5List, noMd5s, placeKey } from './md5Lists';
import type { ReceivePlan } from './planReceive';
import { pathOf } from './planReceive';
import type { PackageEntry } from './selectFiles';
import type { TargetFolder, TargetPlace } from './target';

/** A file that is in the folder. */
interface ThereFile {
	path: string;
	entry: PackageEntry;
	place: TargetPlace;
	/** Of what was received in this run, if it was computed then. */
	md5: string | undefined;
}

const maxListBytes = 64 * 1024 * 1024;

/** Each of them waits for its disk most of the time, or for the processor. */
const filesAtOnce = 4;

/**
 * Checks what is in the folder of a package against the lists of MD5s that are among its files. A file whose MD5 was computed while
 * it was received is not read again. Changes nothing, whatever is found.
 * @param onWarning told what a person should do
 * @throws MasvCancelledError; MasvError if a disk fails
 */
export async function checkMd5Lists(
	client: MasvClient,
	folder: TargetFolder,
	plan: ReceivePlan,
	results: EntryResults,
	onWarning: (text: string) => void,
): Promise<Md5Check> {
	const { clock, hashing, signal } = client;
	const files = Map.groupBy(filesThere(plan, results), ({ path }) => placeKey(path));
	const findings = createFindings();
	const { check, fail, miss, unlist } = findings;
	const listed = await readLists(client, folder, files, check, onWarning);
	const isList = new Set(check.lists.map(placeKey));
	const left = new Set(plan.skipped.flatMap(({ path, place }) => (place === undefined ? [placeKey(path)] : [])));
	const toCompare: Array<[ThereFile[], string]> = [];
	// A list may have a million lines, whatever is in the package.
	await inTurns(listed.byPlace, clock, ([key, md5]) => {
		const there = files.get(key);
		if (isList.has(key)) return;
		if (there !== undefined) toCompare.push([there, md5]);
		else if (left.has(key)) check.not_received++;
		else miss(key);
	});
	const compare = async ([there, md5]: [ThereFile[], string]): Promise<void> => {
		const [{ path }] = there as [ThereFile];
		const contradicting = listed.contradicting.get(placeKey(path));
		let other: string | null = null;
		for (const { place, md5: known } of there) {
			const found = known ?? (await md5Of(folder, place, hashing, signal));
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
		if (there.some(({ entry }) => isSentFile(entry.file))) unlist(there[0]?.path ?? key);
	}
	check.failed_files.sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const text of describeCheck(check)) onWarning(text);
	return check;
}

/** Reads the lists that are among the files. */
async function readLists(
	{ clock, signal }: MasvClient,
	folder: TargetFolder,
	files: ReadonlyMap<string, ThereFile[]>,
	check: Md5Check,
	onWarning: (text: string) => void,
): Promise<ListedMd5s> {
	const listed = noMd5s();
	const lists = [...files.values()].flat().filter(({ entry }) => isMd5List(entry.name));
	for (const { path, place } of lists) {
		const content = await readWhole(folder, place, maxListBytes, signal);
		if (content === undefined) {
			onWarning(
				`"${printable(path)}" was not checked: it cannot be read, or has more than ${formatBytes(maxListBytes)}.`,
			);
			continue;
		}
		check.lists.push(path);
		const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
		await addList(listed, text, path.split('/').slice(0, -1).join('/'), (key) => files.has(key), clock);
	}
	check.unknown_lines = listed.strangeLines;
	return listed;
}

function* filesThere({ jobs, skipped }: ReceivePlan, results: EntryResults): Generator<ThereFile> {
	for (const [index, job] of jobs.entries()) {
		const result = results[index];
		if (result?.status !== 'fulfilled') continue;
		yield { path: pathOf(job.entry), entry: job.entry, place: job, md5: result.value.md5 ?? undefined };
	}
	for (const { path, entry, place } of skipped) if (place !== undefined) yield { path, entry, place, md5: undefined };
}
