/**
 * Whether a regular expression that someone else wrote matches a text. It must not keep the process busy: some patterns take
 * longer than a person lives. Undefined: it could not be decided in time, or is written for another regex engine.
 * @throws MasvCancelledError if the signal aborted
 */
export type MatchPattern = (pattern: string, text: string, signal?: AbortSignal) => Promise<boolean | undefined>;
