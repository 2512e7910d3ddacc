import type { ReceiveResult, ReceiveRequest } from '../../../masv/download/receivePackage';
import type { Worker } from '../worker';
import type { ReceiveWeather } from './receiveWeather';
import type { SharedFile, SharedPackage, SimLink } from './shared';

/** What somebody wants to have on the disk. Runs try it until it is there. */
export interface Receive extends Pick<
	ReceiveRequest,
	'ifExists' | 'parallelRanges' | 'rangeBytes' | 'verifyContent' | 'archives'
> {
	name: string;
	package: SharedPackage;
	/** Somebody's, through which it is received. Undefined: by the ID of the package. */
	link: SimLink | undefined;
	ifRunning: 'fail' | 'wait';
	/** `streams`: one after another into memory, as into binary fields. */
	into: 'folder' | 'streams';
	/** Whether the names that the disk allows are found out by trying. */
	probesNames: boolean;
	patienceMs: number;
	/** When its first run starts. */
	startMs: number;
}

/** One try, by one worker. Times since the start of the history. */
export interface ReceiveRun {
	name: string;
	receive: Receive;
	worker: Worker;
	weather: ReceiveWeather;
	/** Whether it can see that content was damaged. */
	verifies: boolean;
	/** Files of which something was damaged on the way to it. */
	damaged: Set<SharedFile>;
	/** Nothing goes wrong any more. */
	isCalm: boolean;
	startedAt: number;
	endedAt: number | undefined;
	/** A call of the journal, of the leases or of the disk failed or took minutes. */
	hadTrouble: boolean;
	warnings: string[];
	/** The lines about its files that it has found in the journal. */
	found: readonly unknown[];
	/** Descriptors that are open. */
	opened: ReadonlyMap<number, unknown>;
	result: ReceiveOutcome | undefined;
}

export type ReceiveOutcome =
	| { kind: 'died' }
	| { kind: 'failed'; error: unknown }
	| { kind: 'received'; result: ReceiveResult }
	| { kind: 'streamed'; files: Array<{ id: string; content: Uint8Array }> };
