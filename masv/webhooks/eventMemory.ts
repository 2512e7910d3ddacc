/**
 * The result for a caller that wants to process an event: it may; the event has already been processed; or another caller
 * is still processing it.
 */
export type Claim = 'granted' | 'known' | 'undecided';

/** Which events have already been processed, including before a restart. */
export interface EventMemory {
	/** Granted to the first caller. Later callers wait for its outcome, up to a limit. */
	claim(key: string): Promise<Claim>;
	/** The event was processed and must not be processed again. */
	keep(key: string): void;
	/** Processing it failed: a waiting caller, or a later delivery, may process it. */
	release(key: string): void;
	/** The memory is no longer needed. */
	forget(): Promise<void>;
}
