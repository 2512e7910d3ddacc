/**
 * What became of the wish to hand an event over: it is the caller's to do so; it has been done before; or somebody else is
 * still at it.
 */
export type Claim = 'granted' | 'known' | 'undecided';

/** Which events have been handed over already, also before a restart. */
export interface EventMemory {
	/** Granted to the first who asks for an event. Whoever asks meanwhile waits for a while how that one fares. */
	claim(key: string): Promise<Claim>;
	/** The event was handed over: never again. */
	keep(key: string): void;
	/** Handing it over failed: whoever waits for it may have it, or it may come again. */
	release(key: string): void;
	/** Nothing of it is needed any more. */
	forget(): Promise<void>;
}
