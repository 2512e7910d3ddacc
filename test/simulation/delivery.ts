import type { DiskFile, Version } from './disk';
import type { LinkedTree } from './linkedTree';
import type { Weather } from './weather';
import type { Worker } from './worker';

export type SourceKind =
	| 'disk'
	/** Binary data with an ID: it never changes. */
	| 'binary'
	| 'binary stream'
	/** Binary data that an item contains, so that no later run can recognize it. */
	| 'memory';

export interface SentFile {
	file: DiskFile;
	name: string;
	path: string;
	kind: SourceKind;
}

/** What somebody wants to have in MASV. Runs try it until it is there. */
export interface Delivery {
	name: string;
	/** `send`: in a package of its own. `add`: in somebody's package. */
	kind: 'send' | 'add';
	/** `foreign`: the portal of another team. */
	target: 'team' | 'foreign';
	/** Of `add`. */
	packageId: string | undefined;
	files: SentFile[];
	/** The folder that is sent as a whole. Undefined: the files are sent one by one. */
	tree?: LinkedTree;
	/** Paths of folders in which no file is. */
	emptyFolders: string[];
	ifRunning: 'fail' | 'wait' | 'sendAnyway';
	unfinished: 'keep' | 'delete';
	wantsLink: boolean;
	/** Names of the list of MD5s, one of which each run adds, or none: somebody changes the option. Undefined: no run adds one. */
	md5Lists?: ReadonlyArray<string | undefined>;
	parallelParts: number;
	patienceMs: number;
	/** When its first run starts. */
	startMs: number;
}

/** The places where runs of a delivery add a list of MD5s. */
export function listPlaces({ md5Lists = [] }: Delivery): Set<string> {
	return new Set(md5Lists.filter((name) => name !== undefined));
}

/** One try, by one worker. Times since the start of the history. */
export interface Run {
	name: string;
	/** n8n's execution. Another try of the same execution has the same one. */
	execution: string;
	delivery: Delivery;
	worker: Worker;
	weather: Weather;
	/** Nothing goes wrong any more. */
	isCalm: boolean;
	/** Name of the list of MD5s that it adds, if any. */
	md5List: string | undefined;
	startedAt: number;
	/** When it began to read the journal. */
	readJournalAt: number | undefined;
	/** When it read the journal for the last time. */
	lastReadAt: number | undefined;
	endedAt: number | undefined;
	/** A call of the journal or of the leases failed. */
	hadTrouble: boolean;
	/** Notes could not be read, or without a lease none were. */
	hasUnreadNotes: boolean;
	/** The last change of the journal. */
	wroteJournalAt: number | undefined;
	/** IDs of the packages that it has noted as sent. */
	notedSent: Set<string>;
	/** IDs of the files that it has noted as reported by its delivery. */
	notedDone: Set<string>;
	/** The files as they were planned. */
	planned: Map<DiskFile, Version>;
	result: RunResult | undefined;
}

export type RunResult =
	| { kind: 'died' }
	| { kind: 'failed'; error: unknown }
	| { kind: 'sent'; packageId: string; places: string[]; reconciled: boolean }
	| {
			kind: 'added';
			files: Array<{ place: string; id: string; alreadyThere: boolean } | { place: string; error: unknown }>;
	  };
