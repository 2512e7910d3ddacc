import type { SendNewRequest, SendNewResult } from '../../../masv/sync/sendNewRequest';
import type { Weather } from '../weather';
import type { Worker } from '../worker';

/** A node that sends new files. */
export interface Job extends Pick<
	SendNewRequest,
	'per' | 'sendMoved' | 'touchedFiles' | 'firstRun' | 'waitMs' | 'ifRunning' | 'unfinished'
> {
	name: string;
	/** Changes if somebody edits the workflow. */
	recipient: string;
	wantsLink: boolean;
	after: 'keep' | 'move' | 'delete';
	/** Whether somebody has changed `after`. */
	hasOtherAfter: boolean;
	/** Whether n8n remembers how long the ledger was: not if it is started by hand. */
	isRemembered: boolean;
	/** How many lines the ledger had, by its ID. */
	memory: Map<string, number>;
}

export interface JobWeather extends Weather {
	/** Share of the calls of the ledger that fail. */
	ledger: number;
}

/** One execution of a job, by one worker. Times since the start of the history. */
export interface JobRun {
	name: string;
	job: Job;
	/** n8n's execution. Another try of the same execution has the same one. */
	execution: string;
	worker: Worker;
	weather: JobWeather;
	startedAt: number;
	endedAt: number | undefined;
	/** A call of the journal, of the leases or of the ledger failed. */
	hadTrouble: boolean;
	/** What it remembers of the ledger when it begins. */
	knownLines: number;
	/** How many lines the ledger has when it begins. */
	foundLines: number;
	/** What its clock said when it had listed the folder. */
	listedAtMs: number;
	/** How wrong its clock is at first. */
	skewMs: number;
	result: JobOutcome | undefined;
}

export type JobOutcome =
	{ kind: 'died' } | { kind: 'failed'; error: unknown } | { kind: 'done'; result: SendNewResult };
