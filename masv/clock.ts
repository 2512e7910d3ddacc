/** The time for all code in masv/. Passed as an argument, so that tests do not have to wait. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms`; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A signal that aborts after `ms`, counted from now. */
	timeout(ms: number): AbortSignal;
	/** At least 0, less than 1. */
	random(): number;
}
