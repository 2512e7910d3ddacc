/**
 * The answer to a caller that wants to hand over an event: it may; it has been done before; or somebody else is still
 * doing it.
 */
export type Claim = 'granted' | 'known' | 'undecided';

/** Which events have already been handed over, including before a restart. */
export interface EventMemory {
	/** Granted to the first caller. Later callers wait a while for its outcome. */
	claim(key: string): Promise<Claim>;
	/** The event was handed over and must not be again. */
	keep(key: string): void;
	/** Handing it over failed: a waiting caller may do it, or it may come again. */
	release(key: string): void;
	/** The memory is no longer needed. */
	forget(): Promise<void>;
}
