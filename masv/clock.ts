/** The time, as everything in this package sees it. What makes waiting testable. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms`; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A signal that aborts after `ms`, counted from now. */
	timeout(ms: number): AbortSignal;
	/** From 0 up to 1. */
	random(): number;
}
