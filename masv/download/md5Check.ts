import { printable } from '../transfer/places';

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

/** Longer paths are cut: no disk has them, and a list may contain anything. */
const maxPathLength = 4_096;

/** A check that is being carried out. */
export interface Md5Findings {
	readonly check: Md5Check;
	/** @param md5 of the file; null if it cannot be read */
	fail: (path: string, listedMd5: string, md5: string | null) => void;
	miss: (path: string) => void;
	unlist: (path: string) => void;
}

/** @param maxNames of each kind: more are of no use to anybody, and would be stored with the execution */
export function createFindings(maxNames = 1_000): Md5Findings {
	const check: Md5Check = {
		...{ lists: [], verified: 0, failed: 0, missing: 0, unlisted: 0, not_received: 0, unknown_lines: 0 },
		...{ failed_files: [], missing_files: [], unlisted_files: [] },
	};
	const name = <T>(names: T[], one: T): void => {
		if (names.length < maxNames) names.push(one);
	};
	return {
		check,
		fail: (path, listedMd5, md5) => {
			check.failed++;
			name(check.failed_files, { path: shorten(path), listed_md5: listedMd5, md5 });
		},
		miss: (path) => {
			check.missing++;
			name(check.missing_files, shorten(path));
		},
		unlist: (path) => {
			check.unlisted++;
			name(check.unlisted_files, shorten(path));
		},
	};
}

function shorten(path: string): string {
	return path.length > maxPathLength ? `${path.slice(0, maxPathLength)}…` : path;
}

/** What a person should know, and do. */
export function describeCheck(check: Md5Check): string[] {
	const { lists, failed, missing, unknown_lines: strange } = check;
	if (lists.length === 0) return ['The package contains no list of MD5s, so its files were not compared with one.'];
	const texts: string[] = [];
	if (failed > 0) {
		const names = namesOf(
			check.failed_files.map(({ path }) => path),
			failed,
		);
		texts.push(
			`Not what the list of MD5s says: ${names}. Nothing was deleted. Receive these files again (delete them first if they are in a folder); if they differ then, too, ask the sender.`,
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

/** Of a path in a warning. */
const maxShownLength = 200;

function namesOf(paths: readonly string[], count: number): string {
	const first = paths.slice(0, 3).map((path) => `"${printable(path.slice(0, maxShownLength))}"`);
	return count > first.length ? `${first.join(', ')} and ${count - first.length} more` : first.join(', ');
}
