/** What makes waiting testable. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms`; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From 0 up to 1. */
	random(): number;
}
