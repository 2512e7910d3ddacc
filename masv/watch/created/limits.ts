const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Read again in every round, because a record may appear a little later than one created after it: the clocks of MASV's
 * servers may differ, and lists may lag.
 */
export const overlapMs = hour;

/**
 * How old a record may be when it first appears. It is not documented whether a list shows a package while it is
 * uploading (docs/masv-api.md#package-lists). If not, it appears when it is finalized, dated when the upload began.
 * Package tokens, and with them uploads, are valid for about a week (docs/masv-api.md#package-tokens).
 */
export const lookBackMs = 14 * day;

/** How often the whole look-back is read again. */
export const sweepEveryMs = 15 * minute;

/** How far MASV's dates may be ahead of our clock. */
export const maxAheadMs = 365 * day;

/** When a pending record is dropped: it is still unfinished, or was found but disappeared before it was emitted. */
export const keepPendingMs = 30 * day;

/** Added on both sides, because a date filter may or may not include its ends: docs/masv-api.md#filters */
export const boundaryMs = second;

/** Pending records created this close together are rechecked with one request. */
export const groupWithinMs = 10 * minute;

/** Rechecks per round; beyond that, pending records take turns. Sweeps cover them, too. */
export const maxRechecks = 20;

/** IDs of undated records that are kept although they are no longer in the list. */
export const maxGoneIds = 1_000;

/** Later than every date. As `emitFrom` it means that nothing is emitted. */
export const endOfTime = Number.MAX_SAFE_INTEGER;
