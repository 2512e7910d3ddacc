/**
 * The result for a caller that wants to process an event: it may; the event has already been processed; or another caller
 * is still processing it.
 */
export type Claim = 'granted' | 'known' | 'undecided';

/**
 * Which events have already been processed: in this process, in others that share the memory, and before a restart. Never
 * throws: if nothing can be stored, an event may be processed twice, but none is lost.
 */
export interface EventMemory {
	/**
	 * Granted to the first caller in all processes. Later callers wait for its outcome, up to a limit. If its process dies
	 * before there is one, the event is granted again, to a caller that waits or comes later.
	 * @param key letters and digits
	 */
	claim(key: string): Promise<Claim>;
	/** The event was processed and must not be processed again. Stored when this returns. */
	keep(key: string): void;
	/** Processing it failed: a waiting caller, or a later delivery, may process it. */
	release(key: string): void;
	/** The memory is no longer needed. Deletes it. */
	forget(): Promise<void>;
}
