/**
 * The right to work on something that others could work on too: other executions, other workers, a process that was
 * believed dead. Only one holder at a time has it, and a holder that has lost it finds out before it does any harm.
 */
export interface Lease {
	/** Grows with each holder of the same key. What was written under a smaller number is of an earlier holder. */
	readonly fence: number;
	/**
	 * Whether this holder still has the lease: false once it was released, or someone else was seen to have taken over. Use
	 * {@link createGuard} to ask before every effect that another holder must not see; it does not ask too often.
	 * @throws errors of the place where leases are kept, with the system's `code`: then it is not known
	 */
	isHeld(): Promise<boolean>;
	/**
	 * Gives the lease back. Does nothing to a lease that was lost. Never throws.
	 * @param options.forget leaves nothing behind if nobody else has had the lease, or only one who has released it. For keys under
	 * which nothing is noted: their fencing numbers start again
	 */
	release(options?: { forget?: boolean }): Promise<void>;
}

export interface TakeOptions {
	/** Stops waiting. */
	signal?: AbortSignal;
	/** Does not watch: a lease that was not released counts as held. */
	onlyReleased?: boolean;
	/** Told once when someone else seems to hold the lease and is watched for a sign of life. */
	onWait?: () => void;
	/** Told while the holder is watched, every few seconds, that the place where leases are kept has responded. */
	onLook?: () => void;
}

/**
 * Leases by key. A holder that shows no sign of life for a while, watched by the clock of whoever wants the lease, has lost
 * it: neither clocks of different machines, nor process ids, nor names of hosts are compared.
 */
export interface Leases {
	/**
	 * @param key letters and digits
	 * @returns `held` if its holder was seen to be alive; undefined if there is no lease to be had, because the place where
	 * leases are kept does not work. Only what `createBookkeeping` returns does this; others throw
	 * @throws errors of the place where leases are kept, with the system's `code`; MasvCancelledError
	 */
	take(key: string, options?: TakeOptions): Promise<Lease | 'held' | undefined>;
}
