import type { PackageOrigin } from '../../../masv/sync/findPackages';
import type { ReceiveNewResult } from '../../../masv/sync/receiveNewRequest';
import type { ReceiveWeather } from '../download/receiveWeather';
import type { Worker } from '../worker';

/** A node that receives new packages. */
export interface InboxJob {
	origin: PackageOrigin;
	/** Milliseconds since the start of the history; `-Infinity`: everything. */
	from: number;
	ifRunning: 'skip' | 'fail' | 'wait';
	isRemembered: boolean;
	memory: Map<string, number>;
}

/** One execution, by one worker. Times since the start of the history. */
export interface InboxRun {
	name: string;
	job: InboxJob;
	execution: string;
	worker: Worker;
	weather: ReceiveWeather & { ledger: number };
	startedAt: number;
	endedAt: number | undefined;
	hadTrouble: boolean;
	/** Names that files got shortly before may be lost then. */
	lostPowerAt: number | undefined;
	skewMs: number;
	/** Files of packages that it has requested content of. */
	requested: number;
	result: InboxOutcome | undefined;
}

export type InboxOutcome =
	{ kind: 'died' } | { kind: 'failed'; error: unknown } | { kind: 'done'; result: ReceiveNewResult };
