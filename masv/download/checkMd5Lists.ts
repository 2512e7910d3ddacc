import type { MasvClient } from '../client';
import { formatBytes } from '../formatBytes';
import { isSentFile } from '../packages/files';
import { printable } from '../transfer/places';
import { mapParallel } from '../workers';
import type { EntryResults } from './downloadEntries';
import { md5Of, readWhole } from './readTarget';
import { addList, isMd5List, noMd5s, placeKey } from './md5Lists';
import type { ReceivePlan } from './planReceive';
import { pathOf } from './planReceive';
import type { PackageEntry } from './selectFiles';
import type { TargetFolder, TargetPlace } from './target';

/** What lists of MD5s that came along say about the files that are there. Plain JSON; paths are those in the package. */
export interface Md5Check {
	/** Paths of the lists. */
	lists: string[];
	/** How many files have the MD5 that a list says. */
	verified: number;
	/** How many have another one, or cannot be read. */
	failed: number;
	/** How many are listed, and not in the package. */
	missing: number;
	/** How many are in the package, and in no list. */
	unlisted: number;
	/** How many are listed and in the package, and were not received: they were not asked for, or are infected. */
	not_received: number;
	/** How many lines were not understood. */
	unknown_lines: number;
	/** The first ones. `md5`: of the file; null if it cannot be read. */
	failed_files: Array<{ path: string; listed_md5: string; md5: string | null }>;
	missing_files: string[];
	unlisted_files: string[];
}

/** A file that is in the folder. */
interface ThereFile {
	path: string;
	entry: PackageEntry;
	place: TargetPlace;
	/** Of what was received in this run, if it was computed then. */
	md5: string | undefined;
}

/** More names are of no use to anybody, and would be stored with the execution. */
const maxNames = 1_000;

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
	const lists = [...files.values()].flat().filter(({ entry }) => isMd5List(entry.name));
	const listed = noMd5s();
	const check: Md5Check = {
		...{ lists: [], verified: 0, failed: 0, missing: 0, unlisted: 0, not_received: 0, unknown_lines: 0 },
		...{ failed_files: [], missing_files: [], unlisted_files: [] },
	};
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
	const isList = new Set(check.lists.map(placeKey));
	const left = new Set(plan.skipped.flatMap(({ path, place }) => (place === undefined ? [placeKey(path)] : [])));
	const fail = (path: string, md5s: ReadonlySet<string>, md5: string | null): void => {
		check.failed++;
		const [first = ''] = [...md5s].filter((each) => each !== md5);
		if (check.failed_files.length < maxNames) check.failed_files.push({ path, listed_md5: first, md5 });
	};
	const miss = (path: string): void => {
		check.missing++;
		if (check.missing_files.length < maxNames) check.missing_files.push(path);
	};
	const checkPlace = async ([key, md5s]: [string, ReadonlySet<string>]): Promise<void> => {
		const there = files.get(key);
		if (isList.has(key)) return;
		if (there === undefined) {
			if (left.has(key)) check.not_received++;
			else miss(key);
			return;
		}
		let other: string | null = null;
		for (const { place, md5: known } of there) {
			const md5 = known ?? (await md5Of(folder, place, hashing, signal));
			if (md5 === 'gone') return miss(key);
			other = md5 ?? null;
			if (md5 !== undefined && md5s.size === 1 && md5s.has(md5)) {
				check.verified++;
				return;
			}
		}
		fail(there[0]?.path ?? key, md5s, other);
	};
	await mapParallel([...listed.byPlace], filesAtOnce, checkPlace, signal);
	for (const path of listed.outside) miss(path);
	for (const [key, there] of files) {
		const isUnlisted =
			!listed.byPlace.has(key) && !isList.has(key) && there.some(({ entry }) => isSentFile(entry.file));
		if (!isUnlisted) continue;
		check.unlisted++;
		if (check.unlisted_files.length < maxNames) check.unlisted_files.push(there[0]?.path ?? key);
	}
	check.failed_files.sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const text of describe(check)) onWarning(text);
	return check;
}

function* filesThere({ jobs, skipped }: ReceivePlan, results: EntryResults): Generator<ThereFile> {
	for (const [index, job] of jobs.entries()) {
		const result = results[index];
		if (result?.status !== 'fulfilled') continue;
		yield { path: pathOf(job.entry), entry: job.entry, place: job, md5: result.value.md5 ?? undefined };
	}
	for (const { path, entry, place } of skipped) if (place !== undefined) yield { path, entry, place, md5: undefined };
}

/** What a person should know, and do. */
function describe(check: Md5Check): string[] {
	const { lists, failed, missing, unknown_lines: strange } = check;
	if (lists.length === 0) return ['The package contains no list of MD5s, so its files were not compared with one.'];
	const texts: string[] = [];
	if (failed > 0) {
		const names = namesOf(
			check.failed_files.map(({ path }) => path),
			failed,
		);
		texts.push(
			`Not what the list of MD5s says: ${names}. Nothing was deleted. Delete these files and receive them again; if they differ then, too, ask the sender.`,
		);
	}
	if (missing > 0) {
		texts.push(
			`In the list of MD5s, but not in the package: ${namesOf(check.missing_files, missing)}. Ask the sender.`,
		);
	}
	if (strange > 0) {
		texts.push(`Lines in lists of MD5s that are not understood, such as checksums of other kinds: ${strange}.`);
	}
	return texts;
}

function namesOf(paths: readonly string[], count: number): string {
	const first = paths.slice(0, 3).map((path) => `"${printable(path)}"`);
	return count > first.length ? `${first.join(', ')} and ${count - first.length} more` : first.join(', ');
}
