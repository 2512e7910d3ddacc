/** The time for all code in masv/. Passed as an argument, so that tests do not have to wait. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms`; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A signal that aborts after `ms`, counted from now. */
	timeout(ms: number): AbortSignal;
	/** For how many milliseconds the process has done nothing else, since this was first asked in a turn of its event loop. */
	busyMs?(): number;
	/** At least 0, less than 1. */
	random(): number;
}
